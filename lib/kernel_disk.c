// SPDX-License-Identifier: GPL-2.0-or-later
/* The disk that carries the kernel of a guest without firmware: making it, reading it. */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/base/strv.h"
#include "lib/kernel_disk.h"
#include "lib/source.h"

enum { SECTOR = 512, CHUNK = 1 << 20 };

/* Offsets in the header of a kernel for x86. */
enum {
	AT_HEADER = 0x202,
	AT_VERSION = 0x206,
	AT_LOADFLAGS = 0x211,
	AT_RELOCATABLE = 0x234,
	AT_INIT_SIZE = 0x260,
	LOADED_HIGH = 1,
	RELOCATABLE_SINCE = 0x205,
	INIT_SIZE_SINCE = 0x20a,
};

static uint64_t round_up(uint64_t n)
{
	return (n + KERNEL_DISK_UNIT - 1) / KERNEL_DISK_UNIT * KERNEL_DISK_UNIT;
}

const char *kernel_disk_obstacle(const void *kernel, size_t len)
{
	const uint8_t *p = kernel;

	if (len <= AT_RELOCATABLE || memcmp(p + AT_HEADER, "HdrS", 4) != 0 ||
	    !(p[AT_LOADFLAGS] & LOADED_HIGH))
		return "it is no bzImage, which is what hypervisors start";
	if (p[AT_VERSION] + p[AT_VERSION + 1] * 256 < RELOCATABLE_SINCE || !p[AT_RELOCATABLE])
		return "it runs at one place in memory only, and ACRN puts kernels at another (it is older "
		       "than Linux 2.6.20, or built without CONFIG_RELOCATABLE)";
	return NULL;
}

/* Where it tells how much it takes while it unpacks itself, that counts; before, its packed size is all there is. */
static uint64_t unpacked_size(const uint8_t *kernel, size_t len)
{
	uint32_t size;

	if (len < AT_INIT_SIZE + sizeof(size) ||
	    kernel[AT_VERSION] + kernel[AT_VERSION + 1] * 256 < INIT_SIZE_SINCE)
		return len;
	memcpy(&size, kernel + AT_INIT_SIZE, sizeof(size));
	return MAX((uint64_t)le32toh(size), (uint64_t)len);
}

uint64_t kernel_disk_memory(const void *kernel, size_t kernel_size, size_t initramfs_size)
{
	enum { KERNEL_AT = 16 << 20, OPTIONS = 8 << 10, SEGMENTS = 2 << 10, PAGE = 4 << 10 };
	uint64_t behind = ((uint64_t)initramfs_size + OPTIONS + PAGE - 1) / PAGE * PAGE;

	return KERNEL_AT + unpacked_size(kernel, kernel_size) + SEGMENTS + behind;
}

/* The places of a slot; sizes are known to fit. */
static struct kernel_disk layout(uint64_t slot, uint64_t kernel_size, uint64_t initramfs_size)
{
	uint64_t start = KERNEL_DISK_UNIT + slot * KERNEL_DISK_SLOT;

	return (struct kernel_disk){ start, kernel_size, start + round_up(kernel_size),
				     initramfs_size };
}

static bool fits(uint64_t kernel_size, uint64_t initramfs_size)
{
	return kernel_size && kernel_size <= KERNEL_DISK_SLOT &&
	       initramfs_size <= KERNEL_DISK_SLOT - round_up(kernel_size);
}

static int write_at(int fd, uint64_t start, const void *data, size_t len, const char *path,
		    struct error *err)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(fd, (const char *)data + done, len - done, (off_t)(start + done));

		if (n < 0)
			return error_sys(err, errno, "write '%s'", path);
		done += (size_t)n;
	}
	return 0;
}

static int write_raw(const char *path, const void *kernel, size_t kernel_size,
		     const void *initramfs, size_t initramfs_size, struct error *err)
{
	CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	const struct kernel_disk d = layout(0, kernel_size, initramfs_size);
	CLEANUP_FREE char *head = xasprintf(KERNEL_DISK_MAGIC "0 %zu %zu\n", kernel_size,
					    initramfs_size);

	if (fd < 0 || ftruncate(fd, KERNEL_DISK_SIZE) < 0)
		return error_sys(err, errno, "create '%s'", path);
	if (write_at(fd, 0, head, strlen(head), path, err) < 0 ||
	    write_at(fd, d.kernel_start, kernel, kernel_size, path, err) < 0)
		return -1;
	return write_at(fd, d.initramfs_start, initramfs, initramfs_size, path, err);
}

int kernel_disk_make(const char *path, const void *kernel, size_t kernel_size,
		     const void *initramfs, size_t initramfs_size, struct error *err)
{
	CLEANUP_FREE char *raw = xasprintf("%s.raw", path);
	const char *const argv[] = { "qemu-img", "convert", "-q", "-f", "raw", "-O", "qcow2", raw,
				     path, NULL };
	int rc;

	if (!fits(kernel_size, initramfs_size))
		return error_set(err, ERR_NO_SPACE,
				 "kernel and initramfs are larger than the %d MiB that are kept for "
				 "them", KERNEL_DISK_SLOT >> 20);
	rc = write_raw(raw, kernel, kernel_size, initramfs, initramfs_size, err);
	if (rc == 0)
		rc = child_run(argv, NULL, err);
	unlink(raw);
	return rc < 0 ? error_wrap(err, "make the disk for the kernel") : 0;
}

int kernel_disk_parse(struct kernel_disk *ret, const void *sector, struct error *err)
{
	static const char magic[] = KERNEL_DISK_MAGIC;
	CLEANUP_FREE char *text = xstrndup(sector, SECTOR);
	struct strv fields CLEANUP_STRV = STRV_INIT;
	uint64_t slot, kernel, initramfs;

	text[strcspn(text, "\n")] = '\0';
	if (strncmp(text, magic, sizeof(magic) - 1) == 0)
		strv_split(&fields, text + sizeof(magic) - 1, " ");
	if (fields.n != 3 || parse_u64(fields.v[0], 0, 1, &slot, NULL) < 0 ||
	    parse_u64(fields.v[1], 1, KERNEL_DISK_SLOT, &kernel, NULL) < 0 ||
	    parse_u64(fields.v[2], 0, KERNEL_DISK_SLOT, &initramfs, NULL) < 0 ||
	    !fits(kernel, initramfs))
		return error_set(err, ERR_FORMAT, "its first sector does not say where a kernel is");
	*ret = layout(slot, kernel, initramfs);
	return 0;
}

static int take_file(struct source *s, uint64_t start, uint64_t size, const char *dir,
		     const char *name, struct error *err)
{
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
	CLEANUP_FREE char *path = path_join(dir, name);
	CLEANUP_FREE char *chunk = xmalloc(CHUNK);

	if (outfile_open(&out, path, OUTFILE_REPLACE, err) < 0)
		return -1;
	for (uint64_t done = 0; done < size;) {
		size_t len = (size_t)MIN(size - done, (uint64_t)CHUNK);

		if (source_read(s, start + done, chunk, len, err) < 0)
			return -1;
		if (fwrite(chunk, 1, len, out.f) != len)
			return error_sys(err, errno, "write '%s'", path);
		done += len;
	}
	return outfile_commit(&out, err);
}

static int extract(const char *image, const char *dir, struct error *err)
{
	struct source s CLEANUP_SOURCE = SOURCE_INIT;
	char sector[SECTOR];
	struct kernel_disk d;

	if (source_open(&s, image, SOURCE_BACKED, err) < 0)
		return -1;
	if (s.size < KERNEL_DISK_SIZE)
		return error_set(err, ERR_FORMAT, "it is too small");
	if (source_read(&s, 0, sector, sizeof(sector), err) < 0 ||
	    kernel_disk_parse(&d, sector, err) < 0 ||
	    take_file(&s, d.kernel_start, d.kernel_size, dir, KERNEL_FILE, err) < 0)
		return -1;
	return take_file(&s, d.initramfs_start, d.initramfs_size, dir, INITRAMFS_FILE, err);
}

int kernel_disk_extract(const struct guest *g, const char *dir, struct error *err)
{
	int disk = guest_added_disk(g, DISK_KERNEL);
	CLEANUP_FREE char *image = NULL;

	if (g->device[DIM_FIRMWARE] != FIRMWARE_KERNEL)
		return 0;
	if (disk < 0)
		return error_set(err, ERR_FORMAT,
				 "guest '%s' starts from a kernel, but none of its disks carries it",
				 g->name);
	image = path_join(dir, g->disks[disk].file);
	if (extract(image, dir, err) < 0)
		return error_wrap(err, "take the kernel from '%s'", image);
	return 0;
}
