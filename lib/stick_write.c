// SPDX-License-Identifier: GPL-2.0-or-later
/* An image onto a whole stick: refuses what is no stick, reads back what was written. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"
#include "lib/source.h"
#include "lib/stick_write.h"

enum { BLOCK = 1 << 20, FACT_MAX = 4096, DIRECT_ALIGN = 4096 };

struct writing {
	const char *image, *device;
	int from, to, back;		/* back: past the page cache    */
	uint64_t size, room;		/* of the image, of the stick   [bytes] */
	uint64_t done;
	struct progress *progress;
	uint8_t *block, *again;		/* BLOCK bytes each             */
};

static bool fact_is(const char *folder, const char *name, const char *value)
{
	CLEANUP_FREE char *path = path_join(folder, name), *text = NULL;

	return file_read(path, FACT_MAX, &text, NULL, NULL) == 0 &&
	       strncmp(text, value, strlen(value)) == 0;
}

/* A disk in a USB box calls itself fixed, a card in a slot of the board, too. */
static bool can_be_pulled(const char *folder)
{
	return fact_is(folder, "removable", "1") || fact_is(folder, "device/type", "SD") ||
	       strstr(folder, "/usb") != NULL;
}

int stick_write_check(const char *device, const char *root, struct error *err)
{
	CLEANUP_FREE char *name = NULL, *folder = NULL, *part = NULL;
	struct stat st;

	if (stat(device, &st) < 0)
		return error_sys(err, errno, "open '%s'", device);
	if (!S_ISBLK(st.st_mode)) {
		error_set(err, ERR_REFUSED, "'%s' is no disk", device);
		return error_hint(err, "-o writes the image to a file");
	}
	name = xasprintf("%s/sys/dev/block/%u:%u", root, major(st.st_rdev), minor(st.st_rdev));
	if (path_absolute(name, &folder, err) < 0)
		return -1;
	part = path_join(folder, "partition");
	if (path_exists(part)) {
		error_set(err, ERR_REFUSED, "'%s' is a partition", device);
		return error_hint(err, "give the whole stick");
	}
	if (!can_be_pulled(folder)) {
		error_set(err, ERR_REFUSED, "'%s' is not a stick: neither on USB, nor a card, nor removable", device);
		return error_hint(err, "the medium is only written to what can be pulled out; "
				  "lsblk -o NAME,TRAN,RM,SIZE,MODEL tells the disks apart");
	}
	if (device_refuse_in_use(device, st.st_rdev, err) < 0)
		return error_hint(err, "unmount all of it first; it will be overwritten");
	return 0;
}

static int open_both(struct writing *w, struct error *err)
{
	struct stat st;

	w->from = open(w->image, O_RDONLY | O_CLOEXEC);
	if (w->from < 0 || fstat(w->from, &st) < 0)
		return error_sys(err, errno, "open '%s'", w->image);
	w->size = (uint64_t)st.st_size;
	w->to = open(w->device, O_RDWR | O_EXCL | O_CLOEXEC);
	if (w->to < 0)
		return error_sys(err, errno, "open '%s'", w->device);
	w->back = open(w->device, O_RDONLY | O_CLOEXEC | O_DIRECT);
	if (w->back < 0)
		return error_sys(err, errno, "open '%s' without the page cache", w->device);
	if (ioctl(w->to, BLKGETSIZE64, &w->room) < 0)
		return error_sys(err, errno, "ask '%s' for its size", w->device);
	if (w->room >= w->size && w->size)
		return 0;
	error_set(err, ERR_NO_SPACE, "'%s' has %" PRIu64 " MB, the image %" PRIu64, w->device,
		  w->room / 1000000, w->size / 1000000);
	return error_hint(err, "take a larger stick");
}

static int read_block(int fd, uint8_t *buf, size_t len, uint64_t at, const char *name, struct error *err)
{
	for (size_t have = 0; have < len;) {
		ssize_t got = pread(fd, buf + have, len - have, (off_t)(at + have));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return error_sys(err, got < 0 ? errno : EIO, "read '%s' at byte %" PRIu64, name, at);
		have += (size_t)got;
	}
	return 0;
}

static int write_block(struct writing *w, const uint8_t *buf, size_t len, uint64_t at, struct error *err)
{
	for (size_t put = 0; put < len;) {
		ssize_t n = pwrite(w->to, buf + put, len - put, (off_t)(at + put));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_sys(err, n < 0 ? errno : EIO, "write '%s' at byte %" PRIu64, w->device, at);
		put += (size_t)n;
	}
	return 0;
}

/* Everything is on the stick, as far as that says so, and what the kernel keeps of it is forgotten. */
static int settle(struct writing *w, struct error *err)
{
	if (fsync(w->to) < 0 || ioctl(w->to, BLKFLSBUF, 0) < 0)
		return error_sys(err, errno, "sync '%s'", w->device);
	return 0;
}

static int clear_ends(struct writing *w, struct error *err)
{
	memset(w->block, 0, BLOCK);
	if (write_block(w, w->block, (size_t)MIN(w->room, (uint64_t)BLOCK), 0, err) < 0)
		return -1;
	if (w->room - w->size < BLOCK)
		return 0;
	return write_block(w, w->block, BLOCK, w->room - BLOCK, err);
}

/* Whole sectors, also where the image ends inside of one. */
static int read_back(struct writing *w, size_t len, uint64_t at, struct error *err)
{
	size_t whole = (len + DIRECT_ALIGN - 1) / DIRECT_ALIGN * DIRECT_ALIGN;

	return read_block(w->back, w->again, (size_t)MIN((uint64_t)whole, w->room - at), at, w->device, err);
}

/* @compare: read back instead of writing. */
static int pass(struct writing *w, uint64_t start, uint64_t end, bool compare, struct error *err)
{
	for (uint64_t at = start; at < end; at += BLOCK) {
		size_t len = (size_t)MIN(end - at, (uint64_t)BLOCK);

		if (interrupt_check(err) < 0 || read_block(w->from, w->block, len, at, w->image, err) < 0)
			return -1;
		if (!compare && write_block(w, w->block, len, at, err) < 0)
			return -1;
		if (compare && read_back(w, len, at, err) < 0)
			return -1;
		if (compare && memcmp(w->block, w->again, len) != 0) {
			error_set(err, ERR_INTEGRITY, "'%s' does not keep what is written: byte %" PRIu64
				  " and following", w->device, at);
			return error_hint(err, "take another stick");
		}
		w->done += len;
		progress_update(w->progress, w->done);
	}
	return 0;
}

static int write_range(struct writing *w, uint64_t start, uint64_t end, struct error *err)
{
	return pass(w, start, end, false, err) < 0 || settle(w, err) < 0 ||
	       pass(w, start, end, true, err) < 0 ? -1 : 0;
}

static int write_all(struct writing *w, struct error *err)
{
	uint64_t first = MIN(w->size, (uint64_t)BLOCK);

	return open_both(w, err) < 0 || clear_ends(w, err) < 0 || settle(w, err) < 0 ||
	       write_range(w, first, w->size, err) < 0 || write_range(w, 0, first, err) < 0 ? -1 : 0;
}

int stick_write(const char *image, const char *device, const char *root, struct progress *progress,
		struct error *err)
{
	CLEANUP_FREE uint8_t *block = xmalloc(BLOCK);
	CLEANUP_FREE void *again = NULL;
	struct writing w = { .image = image, .device = device, .from = -1, .to = -1, .back = -1,
			     .progress = progress, .block = block };
	struct stat st = { 0 };
	int rc;

	if (stick_write_check(device, root, err) < 0)
		return -1;
	if (posix_memalign(&again, DIRECT_ALIGN, BLOCK) != 0)
		return error_set(err, ERR_SYSTEM, "not enough memory");
	w.again = again;
	stat(image, &st);
	progress_begin(progress, "write and read back", 2 * (uint64_t)st.st_size);
	rc = write_all(&w, err);
	if (rc == 0)
		progress_end(progress);
	if (w.to >= 0)
		ioctl(w.to, BLKRRPART);	/* where it has partitions, the kernel learns them */
	cleanup_close(&w.from);
	cleanup_close(&w.back);
	cleanup_close(&w.to);
	return rc;
}
