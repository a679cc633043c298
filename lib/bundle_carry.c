// SPDX-License-Identifier: GPL-2.0-or-later
/* Putting a bundle onto a medium: in parts where it must be, read back where that is wanted. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/bundle_carry.h"
#include "lib/bundle_private.h"
#include "lib/medium.h"

/* A round number below what FAT can hold. */
#define FAT_PART UINT64_C(0xfff00000)

enum { ALIGN = 4096 };

/* One copy: the parts are named at the end, the first one last. */
struct carrying {
	const struct bundle *b;
	const struct carry_options *options;
	char *name;			/* of the whole on the medium */
	uint64_t part_size;
	size_t n;
	struct outfile *files;		/* n */
	uint8_t (*sums)[DIGEST_SIZE];	/* n, of what was written */
	uint64_t done;
	uint8_t *block;			/* BUNDLE_BLOCK, aligned for direct reading */
};

static void cleanup_carrying(struct carrying *c)
{
	for (size_t i = 0; c->files && i < c->n; i++)
		outfile_discard(&c->files[i]);
	free(c->files);
	free(c->sums);
	free(c->name);
	free(c->block);
}

static uint64_t offset_of(const struct carrying *c, size_t i)
{
	return (uint64_t)i * c->part_size;
}

static uint64_t size_of(const struct carrying *c, size_t i)
{
	return MIN(c->part_size, c->b->data.size - offset_of(c, i));
}

static int check_space(const char *dir, uint64_t need, struct error *err)
{
	CLEANUP_FREE char *need_text = format_size(need), *left_text = NULL;
	struct statvfs fs;
	uint64_t left;

	if (statvfs(dir, &fs) < 0)
		return error_sys(err, errno, "look at '%s'", dir);
	if (MUL_OVERFLOW((uint64_t)fs.f_bavail, (uint64_t)fs.f_frsize, &left) || need <= left)
		return 0;
	left_text = format_size(left);
	error_set(err, ERR_NO_SPACE, "the bundle has %s, '%s' has %s left", need_text, dir, left_text);
	return error_hint(err, "free some space there, or take a larger medium");
}

uint64_t carry_part_size(uint64_t fs_type, uint64_t split, uint64_t size)
{
	uint64_t most = fs_type == MSDOS_SUPER_MAGIC ? FAT_PART : UINT64_MAX;

	return MIN(split ? split : size, most);
}

static int choose_parts(struct carrying *c, const char *dir, struct error *err)
{
	uint64_t size = c->b->data.size;
	struct statfs fs;

	if (statfs(dir, &fs) < 0)
		return error_sys(err, errno, "look at '%s'", dir);
	c->part_size = carry_part_size((uint64_t)fs.f_type, c->options->split, size);
	if ((size - 1) / c->part_size >= PARTS_MAX)
		return error_set(err, ERR_REFUSED, "that would be more than %d parts", PARTS_MAX);
	c->n = (size_t)((size - 1) / c->part_size) + 1;
	return check_space(dir, size, err);
}

static int open_files(struct carrying *c, const char *dir, struct error *err)
{
	c->files = xcalloc(c->n, sizeof(c->files[0]));
	c->sums = xcalloc(c->n, sizeof(c->sums[0]));
	for (size_t i = 0; i < c->n; i++) {
		CLEANUP_FREE char *whole = path_join(dir, c->name);
		CLEANUP_FREE char *path = c->n > 1 ? part_name(whole, i) : xstrdup(whole);

		if (c->n > 1 && path_exists(whole)) {
			error_set(err, ERR_EXISTS, "'%s' exists already", whole);
			return error_hint(err, "remove it first");
		}
		if (outfile_open(&c->files[i], path, OUTFILE_NEW, err) < 0)
			return -1;
	}
	return 0;
}

static void advance(struct carrying *c, size_t len)
{
	c->done += len;
	progress_update(c->options->progress, c->done);
}

static int write_failed(const struct carrying *c, size_t i, int code, struct error *err)
{
	error_sys(err, code, "write '%s'", c->files[i].path);
	return code == EFBIG ? error_hint(err, "this medium takes no file as large: add --split 4000M")
			     : -1;
}

static int write_part(struct carrying *c, size_t i, struct error *err)
{
	struct digest d CLEANUP_DIGEST = DIGEST_INIT;
	FILE *f = c->files[i].f;

	digest_begin(&d);
	for (uint64_t at = 0; at < size_of(c, i);) {
		size_t len = (size_t)MIN(size_of(c, i) - at, (uint64_t)BUNDLE_BLOCK);

		if (interrupt_check(err) < 0 ||
		    bundle_read_at(c->b, offset_of(c, i) + at, c->block, len, err) < 0)
			return -1;
		digest_add(&d, c->block, len);
		if (fwrite(c->block, 1, len, f) != len)
			return write_failed(c, i, errno, err);
		at += len;
		advance(c, len);
	}
	digest_end(&d, c->sums[i]);
	if (fflush(f) != 0 || fsync(fileno(f)) < 0)
		return write_failed(c, i, errno, err);
	return 0;
}

/* Past the page cache: by direct reading, or by asking the kernel to forget. */
static int open_medium(const char *path, struct error *err)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECT);
	ssize_t got = fd < 0 ? -1 : 0;

	if (got == 0) {
		CLEANUP_FREE void *probe = aligned_alloc(ALIGN, ALIGN);

		got = probe ? pread(fd, probe, ALIGN, 0) : -1;
	}
	if (got < 0) {
		cleanup_close(&fd);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd < 0)
		return error_sys(err, errno, "open '%s'", path);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return STEAL_FD(fd);
}

static int not_the_same(const struct carrying *c, size_t i, struct error *err)
{
	error_set(err, ERR_INTEGRITY, "'%s' does not read as it was written", c->files[i].path);
	return error_hint(err, "the medium is bad, or smaller than it says: take another one");
}

static int read_back(struct carrying *c, size_t i, struct error *err)
{
	struct digest d CLEANUP_DIGEST = DIGEST_INIT;
	CLEANUP_CLOSE int fd = open_medium(c->files[i].partial, err);
	uint8_t sum[DIGEST_SIZE];
	uint64_t at = 0;
	ssize_t got;

	if (fd < 0)
		return -1;
	digest_begin(&d);
	while ((got = read(fd, c->block, BUNDLE_BLOCK)) != 0) {
		if (interrupt_check(err) < 0)
			return -1;
		if (got < 0)
			return error_sys(err, errno, "read back '%s'", c->files[i].path);
		digest_add(&d, c->block, (size_t)got);
		at += (uint64_t)got;
		advance(c, (size_t)got);
	}
	digest_end(&d, sum);
	return at == size_of(c, i) && memcmp(sum, c->sums[i], DIGEST_SIZE) == 0
		       ? 0 : not_the_same(c, i, err);
}

static int each_part(struct carrying *c, const char *phase,
		     int (*act)(struct carrying *c, size_t i, struct error *err), struct error *err)
{
	c->done = 0;
	progress_begin(c->options->progress, phase, c->b->data.size);
	for (size_t i = 0; i < c->n; i++)
		if (act(c, i, err) < 0)
			return -1;
	progress_end(c->options->progress);
	return 0;
}

/* Without the first part the others are no bundle: it gets its name last. */
static int name_parts(struct carrying *c, struct error *err)
{
	for (size_t i = c->n; i-- > 0;)
		if (outfile_commit(&c->files[i], err) < 0)
			return -1;
	return 0;
}

static int carry_to_folder(struct carrying *c, const char *dir, struct error *err)
{
	if (choose_parts(c, dir, err) < 0 || open_files(c, dir, err) < 0 ||
	    each_part(c, "copy", write_part, err) < 0)
		return -1;
	if (c->options->verify && each_part(c, "read back", read_back, err) < 0)
		return -1;
	return name_parts(c, err);
}

/* A bundle in parts has the name of the whole everywhere. */
static char *name_of(const struct bundle *b)
{
	CLEANUP_FREE char *name = path_basename(b->path);
	char *suffix = strstr(name, BUNDLE_SUFFIX ".");

	if (suffix)
		suffix[strlen(BUNDLE_SUFFIX)] = '\0';
	return STEAL(name);
}

int bundle_carry(const struct bundle *b, const struct carry_options *options, size_t *ret_parts,
		 struct error *err)
{
	struct carrying c __attribute__((cleanup(cleanup_carrying))) = { .b = b, .options = options };
	struct medium m = MEDIUM_INIT;
	int rc;

	c.name = name_of(b);
	c.block = aligned_alloc(ALIGN, BUNDLE_BLOCK);
	if (!c.block)
		abort();
	if (medium_open(&m, options->to, err) < 0)
		return -1;
	rc = carry_to_folder(&c, m.dir, err);
	*ret_parts = c.n;
	if (rc < 0) {
		for (size_t i = 0; c.files && i < c.n; i++)
			outfile_discard(&c.files[i]);
		medium_close(&m, NULL);
		return -1;
	}
	return medium_close(&m, err);
}
