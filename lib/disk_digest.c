// SPDX-License-Identifier: GPL-2.0-or-later
/* The digest of a disk as a tree over its blocks. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/disk_digest.h"

bool bytes_are_zero(const void *data, size_t len)
{
	const uint8_t *p = data;
	enum { FIRST = 16 };

	for (size_t i = 0; i < MIN(len, (size_t)FIRST); i++)
		if (p[i])
			return false;
	/* The first bytes are zero and each equals the one FIRST before it. */
	return len <= FIRST || memcmp(p, p + FIRST, len - FIRST) == 0;
}

uint64_t disk_extent_size(uint64_t size)
{
	uint64_t extent = (uint64_t)DISK_BLOCK * DISK_EXTENT_BLOCKS;

	while (extent < (UINT64_C(1) << 62) && size / extent >= DISK_EXTENTS_MAX)
		extent *= 2;
	return size / extent < DISK_EXTENTS_MAX ? extent : 0;
}

static uint64_t count(uint64_t size, uint64_t unit)
{
	return size / unit + (size % unit != 0);
}

static int open_unnamed(void)
{
	const char *tmp = getenv("TMPDIR");
	int fd = open(tmp && *tmp ? tmp : "/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

	return fd >= 0 ? fd : open("/var/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
}

int disk_digest_open(struct disk_digest *ret, const char *path, uint64_t size, struct error *err)
{
	int fd;

	if (disk_extent_size(size) == 0)
		return error_set(err, ERR_FORMAT, "no disk has so many bytes");
	fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666) : open_unnamed();
	if (fd < 0)
		return error_sys(err, errno, "create '%s'", path ? path : "a temporary file");
	*ret = (struct disk_digest){ fd, size };
	return 0;
}

int disk_digest_set(struct disk_digest *d, uint64_t block, const uint8_t sum[DIGEST_SIZE],
		    struct error *err)
{
	if (pwrite(d->fd, sum, DIGEST_SIZE, (off_t)(block * DIGEST_SIZE)) != DIGEST_SIZE)
		return error_sys(err, errno ? errno : ENOSPC, "write digests");
	return 0;
}

/* Digests of @n blocks from @first on; those behind the end of the file were never set. */
static int get_many(const struct disk_digest *d, uint64_t first, uint8_t *ret, size_t n,
		    struct error *err)
{
	size_t want = n * DIGEST_SIZE, have = 0;

	memset(ret, 0, want);
	while (have < want) {
		ssize_t got = pread(d->fd, ret + have, want - have,
				    (off_t)(first * DIGEST_SIZE + have));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_sys(err, errno, "read digests");
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return 0;
}

int disk_digest_get(const struct disk_digest *d, uint64_t block, uint8_t ret[DIGEST_SIZE],
		    struct error *err)
{
	return get_many(d, block, ret, 1, err);
}

/* An extent can have more blocks than fit in memory at once: take them in portions. */
static int digest_extent(const struct disk_digest *d, uint64_t first, uint64_t n,
			 uint8_t ret[DIGEST_SIZE], struct error *err)
{
	uint8_t portion[DISK_EXTENT_BLOCKS * DIGEST_SIZE];
	struct digest sum CLEANUP_DIGEST = DIGEST_INIT;
	bool zero = true;

	digest_begin(&sum);
	for (uint64_t done = 0; done < n;) {
		size_t part = (size_t)MIN(n - done, (uint64_t)DISK_EXTENT_BLOCKS);

		if (get_many(d, first + done, portion, part, err) < 0)
			return -1;
		zero = zero && bytes_are_zero(portion, part * DIGEST_SIZE);
		digest_add(&sum, portion, part * DIGEST_SIZE);
		done += part;
	}
	if (zero)
		memset(ret, 0, DIGEST_SIZE);
	else
		digest_end(&sum, ret);
	return 0;
}

void disk_digest_of_extents(uint64_t size, const uint8_t *extents, size_t n,
			    char ret_disk[DIGEST_HEX_SIZE])
{
	static const char label[] = "rehost disk 1\n";
	struct digest sum CLEANUP_DIGEST = DIGEST_INIT;
	uint8_t numbers[16], disk[DIGEST_SIZE];

	put_be64(numbers, size);
	put_be64(numbers + 8, disk_extent_size(size) / DISK_BLOCK);
	digest_begin(&sum);
	digest_add(&sum, label, strlen(label));
	digest_add(&sum, numbers, sizeof(numbers));
	digest_add(&sum, extents, n * DIGEST_SIZE);
	digest_end(&sum, disk);
	digest_to_hex(disk, ret_disk);
}

int disk_digest_finish(const struct disk_digest *d, uint8_t **ret_extents, size_t *ret_n,
		       char ret_disk[DIGEST_HEX_SIZE], struct error *err)
{
	uint64_t extent_blocks = disk_extent_size(d->size) / DISK_BLOCK;
	uint64_t blocks = count(d->size, DISK_BLOCK);
	size_t n = (size_t)count(blocks, extent_blocks);
	CLEANUP_FREE uint8_t *extents = xcalloc(n + 1, DIGEST_SIZE);

	for (size_t i = 0; i < n; i++) {
		uint64_t first = i * extent_blocks;

		if (digest_extent(d, first, MIN(extent_blocks, blocks - first),
				  extents + i * DIGEST_SIZE, err) < 0)
			return -1;
	}
	disk_digest_of_extents(d->size, extents, n, ret_disk);
	*ret_extents = STEAL(extents);
	*ret_n = n;
	return 0;
}

void disk_digest_close(struct disk_digest *d)
{
	cleanup_close(&d->fd);
	*d = (struct disk_digest)DISK_DIGEST_INIT;
}
