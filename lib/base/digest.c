// SPDX-License-Identifier: GPL-2.0-or-later
/* SHA-256 of buffers and files. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/base/interrupt.h"

static void prepare_library(void)
{
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
		return;
	if (!gcry_check_version(GCRYPT_VERSION))
		abort();
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

void digest_begin(struct digest *d)
{
	gcry_md_hd_t handle = NULL;

	prepare_library();
	if (gcry_md_open(&handle, GCRY_MD_SHA256, 0))
		abort();
	d->handle = handle;
}

void digest_add(struct digest *d, const void *data, size_t len)
{
	gcry_md_write(d->handle, data, len);
}

void digest_end(struct digest *d, uint8_t ret[DIGEST_SIZE])
{
	memcpy(ret, gcry_md_read(d->handle, GCRY_MD_SHA256), DIGEST_SIZE);
	digest_discard(d);
}

void digest_discard(struct digest *d)
{
	gcry_md_close(d->handle);
	d->handle = NULL;
}

void digest_of(const void *data, size_t len, uint8_t ret[DIGEST_SIZE])
{
	prepare_library();
	gcry_md_hash_buffer(GCRY_MD_SHA256, ret, data, len);
}

char *digest_hex_of(const void *data, size_t len)
{
	uint8_t sum[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	digest_of(data, len, sum);
	digest_to_hex(sum, hex);
	return xstrdup(hex);
}

char *digest_sha1_of(const void *data, size_t len)
{
	enum { SHA1_SIZE = 20 };
	uint8_t sum[SHA1_SIZE];
	char hex[2 * SHA1_SIZE + 1];

	prepare_library();
	gcry_md_hash_buffer(GCRY_MD_SHA1, sum, data, len);
	hex_from(sum, SHA1_SIZE, hex);
	return xstrdup(hex);
}

uint32_t crc32_of(const void *data, size_t len)
{
	uint8_t sum[4];

	prepare_library();
	gcry_md_hash_buffer(GCRY_MD_CRC32, sum, data, len);
	return get_be32(sum);
}

void digest_to_hex(const uint8_t d[DIGEST_SIZE], char ret[DIGEST_HEX_SIZE])
{
	hex_from(d, DIGEST_SIZE, ret);
}

int digest_from_hex(const char *hex, uint8_t ret[DIGEST_SIZE], struct error *err)
{
	uint8_t d[DIGEST_SIZE];

	if (strlen(hex) != 2 * DIGEST_SIZE)
		return error_set(err, ERR_FORMAT, "a SHA-256 digest has 64 digits, not %zu",
				 strlen(hex));
	if (!hex_to(hex, d, DIGEST_SIZE))
		return error_set(err, ERR_FORMAT, "'%s' is not a SHA-256 digest", hex);
	memcpy(ret, d, sizeof(d));
	return 0;
}

int digest_file(const char *path, char ret[DIGEST_HEX_SIZE], uint64_t *ret_size,
		struct error *err)
{
	enum { BLOCK = 1 << 18 };
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	CLEANUP_FREE uint8_t *block = xmalloc(BLOCK);
	struct digest d CLEANUP_DIGEST = DIGEST_INIT;
	uint8_t sum[DIGEST_SIZE];
	uint64_t size = 0;
	ssize_t got;

	if (fd < 0)
		return error_sys(err, errno, "open '%s'", path);
	digest_begin(&d);
	while ((got = read(fd, block, BLOCK)) != 0) {
		if (got < 0 && errno != EINTR)
			return error_sys(err, errno, "read '%s'", path);
		if (interrupt_check(err) < 0)
			return -1;
		if (got > 0) {
			digest_add(&d, block, (size_t)got);
			size += (uint64_t)got;
		}
	}
	digest_end(&d, sum);
	digest_to_hex(sum, ret);
	if (ret_size)
		*ret_size = size;
	return 0;
}
