// SPDX-License-Identifier: GPL-2.0-or-later
/* Sources that are files or block devices of this host. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/source.h"

enum { DIRECT_ALIGN = 4096, DIRECT_MAX = 1 << 20 };

static int read_all(int fd, uint64_t start, uint8_t *buf, size_t len)
{
	while (len) {
		ssize_t got = pread(fd, buf, len, (off_t)start);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return -ENODATA;	/* shorter than it said: as bad as unreadable */
		buf += got;
		start += (uint64_t)got;
		len -= (size_t)got;
	}
	return 0;
}

static int file_read_at(struct source *s, uint64_t start, void *buf, size_t len)
{
	return read_all(s->fd, start, buf, len);
}

/* Behind the end of a file there is no data either, and no hole of the disk. */
static bool was_cut(const struct source *s)
{
	struct stat st;

	return fstat(s->fd, &st) < 0 || (uint64_t)st.st_size < s->data_size;
}

static uint64_t file_extent(struct source *s, uint64_t start, bool *ret_zero)
{
	off_t data = lseek(s->fd, (off_t)start, SEEK_DATA), hole;

	*ret_zero = false;
	if (s->kind == SOURCE_DEVICE || (data < 0 && (errno != ENXIO || was_cut(s))))
		return s->data_size - start;
	if (data < 0 || (uint64_t)data > start) {
		*ret_zero = true;
		return data < 0 ? s->data_size - start : (uint64_t)data - start;
	}
	hole = lseek(s->fd, (off_t)start, SEEK_HOLE);
	return hole < 0 ? s->data_size - start : (uint64_t)hole - start;
}

static void file_close(struct source *s)
{
	(void)s;
}

static const struct source_ops file_ops = {
	.read = file_read_at,
	.extent = file_extent,
	.close = file_close,
};

/* A descriptor of its own: O_DIRECT on the first would take its page cache away. */
static bool open_direct(struct source *s)
{
	CLEANUP_FREE char *path = xasprintf("/proc/self/fd/%d", s->fd);

	if (s->direct_fd < 0 && !s->no_direct) {
		s->direct_fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECT);
		s->no_direct = s->direct_fd < 0;
	}
	return !s->no_direct;
}

int source_read_direct(struct source *s, uint64_t start, void *buf, size_t len)
{
	CLEANUP_FREE void *block = NULL;
	int rc;

	if (source_is_masked(s, start, len) || s->live || s->ops != &file_ops || len > DIRECT_MAX ||
	    start % s->sector_size || len % s->sector_size || s->data_size < start + len ||
	    !open_direct(s))
		return source_try_read(s, start, buf, len);
	if (posix_memalign(&block, DIRECT_ALIGN, len) != 0)
		abort();
	rc = read_all(s->direct_fd, start, block, len);
	if (rc == -EINVAL) {
		s->no_direct = true;
		return source_try_read(s, start, buf, len);
	}
	if (rc == 0)
		memcpy(buf, block, len);
	return rc;
}

static int open_device(struct source *s, const struct stat *st, unsigned int flags,
		       struct error *err)
{
	bool live = flags & SOURCE_FORCE_LIVE;
	int sector = 0;

	if (!live && device_refuse_in_use(s->name, st->st_rdev, err) < 0)
		return -1;
	s->kind = SOURCE_DEVICE;
	s->fd = open(s->name, O_RDONLY | O_CLOEXEC | (live ? 0 : O_EXCL));
	if (s->fd < 0 && errno == EBUSY) {
		error_set(err, ERR_BUSY, "'%s' is in use", s->name);
		return error_hint(err, "stop what uses it, or give --force-live to read it as it is");
	}
	if (s->fd < 0)
		return error_sys(err, errno, "open '%s'", s->name);
	if (ioctl(s->fd, BLKGETSIZE64, &s->data_size) < 0)
		return error_sys(err, errno, "ask '%s' for its size", s->name);
	if (ioctl(s->fd, BLKSSZGET, &sector) == 0 && sector >= 512 && sector <= 65536)
		s->sector_size = (uint64_t)sector;
	posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	device_describe(st->st_rdev, &s->model, &s->serial);
	s->ops = &file_ops;
	return 0;
}

/* What of a file tells its format: the head, and the tail for fixed VHD. */
static const char *image_format(int fd, uint64_t size)
{
	uint8_t head[512] = { 0 }, tail[512] = { 0 };

	if (pread(fd, head, sizeof(head), 0) < 0 ||
	    (size >= 512 && pread(fd, tail, sizeof(tail), (off_t)(size - 512)) < 0))
		return "raw";
	if (memcmp(head, "QFI\373", 4) == 0)
		return "qcow2";
	if (memcmp(head, "KDMV", 4) == 0 || memcmp(head, "COWD", 4) == 0 ||
	    memcmp(head, "# Disk DescriptorFile", 21) == 0)
		return "vmdk";
	if (memcmp(head, "vhdxfile", 8) == 0)
		return "vhdx";
	if (memcmp(head, "conectix", 8) == 0 || memcmp(tail, "conectix", 8) == 0)
		return "vpc";
	if (memcmp(head + 64, "\x7f\x10\xda\xbe", 4) == 0)
		return "vdi";
	return memcmp(head, "EVF\t\r\n\xff", 7) == 0 ? "ewf" : "raw";
}

/* A damaged image must not pass for the bytes of a disk. */
static int refuse_misnamed(const struct source *s, struct error *err)
{
	static const char *const endings[] = { ".qcow2", ".vmdk", ".vhd", ".vhdx", ".vdi", ".e01", ".ex01" };
	size_t len = strlen(s->name);

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		size_t n = strlen(endings[i]);

		if (len < n || strcasecmp(s->name + len - n, endings[i]) != 0)
			continue;
		error_set(err, ERR_FORMAT, "'%s' does not begin as a %s image does: it is damaged, or of a "
			  "version that is not read", s->name, endings[i] + 1);
		return error_hint(err, "if it holds the bytes of a disk as they are, let its name end in "
				       ".raw; a .vhd that was cut short has lost its end");
	}
	return 0;
}

static int open_image(struct source *s, const struct stat *st, unsigned int flags,
		      struct error *err)
{
	s->fd = open(s->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (s->fd < 0)
		return error_sys(err, errno, "open '%s'", s->name);
	if (st->st_size <= 0) {
		s->ops = &file_ops;
		return 0;	/* source_open() refuses what is empty */
	}
	s->data_size = (uint64_t)st->st_size;
	s->format = flags & SOURCE_RAW ? "raw" : image_format(s->fd, s->data_size);
	if (strcmp(s->format, "ewf") == 0)
		return source_open_ewf(s, err);
	if (strcmp(s->format, "raw") != 0)
		return source_open_server(s, flags, err);
	if (!(flags & SOURCE_RAW) && refuse_misnamed(s, err) < 0)
		return -1;
	posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	s->ops = &file_ops;
	return 0;
}

int source_open_file(struct source *s, unsigned int flags, struct error *err)
{
	struct stat st;

	if (stat(s->name, &st) < 0)
		return error_sys(err, errno, "open '%s'", s->name);
	if (S_ISBLK(st.st_mode))
		return open_device(s, &st, flags, err);
	if (S_ISREG(st.st_mode))
		return open_image(s, &st, flags, err);
	error_set(err, ERR_FORMAT, S_ISDIR(st.st_mode) ? "'%s' is a folder, not a disk"
						       : "'%s' is neither a disk nor an image of one",
		  s->name);
	return error_hint(err, "give a disk (/dev/sda), an image file or an nbd:// address");
}
