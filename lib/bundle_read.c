// SPDX-License-Identifier: GPL-2.0-or-later
/* Bundles: the files in one, verified while they are read. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/bundle_private.h"

int bundle_read_at(const struct bundle *b, uint64_t offset, void *ret, size_t len,
		   struct error *err)
{
	uint8_t *at = ret;

	while (len) {
		ssize_t got = pread(b->fd, at, len, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_sys(err, errno, "read '%s'", b->path);
		if (got == 0)
			return error_set(err, ERR_INTEGRITY, "'%s' became shorter", b->path);
		at += got;
		offset += (uint64_t)got;
		len -= (size_t)got;
	}
	return 0;
}

static int write_all(int fd, const uint8_t *data, size_t len, const char *path, struct error *err)
{
	while (len) {
		ssize_t put = write(fd, data, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return error_sys(err, errno, "write '%s'", path);
		data += put;
		len -= (size_t)put;
	}
	return 0;
}

/* One pass over many files. */
struct pass {
	const struct bundle *b;
	struct progress *progress;
	uint64_t done;
	uint8_t *block;
};

static void cleanup_pass(struct pass *pass)
{
	free(pass->block);
}

#define CLEANUP_PASS __attribute__((cleanup(cleanup_pass)))

static uint64_t size_of_files(const struct bundle *b)
{
	uint64_t total = 0;

	for (size_t i = 0; i < b->n_files; i++)
		if (ADD_OVERFLOW(total, b->files[i].size, &total))
			return UINT64_MAX;
	return total;
}

static struct pass begin_pass(const struct bundle *b, const char *phase, struct progress *progress)
{
	progress_begin(progress, phase, size_of_files(b));
	return (struct pass){ b, progress, 0, xmalloc(BUNDLE_BLOCK) };
}

/* @fd -1: nowhere to write */
static int read_file(struct pass *pass, const struct bundle_file *f, int fd, struct error *err)
{
	struct digest d CLEANUP_DIGEST = DIGEST_INIT;
	uint8_t sum[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	digest_begin(&d);
	for (uint64_t at = 0; at < f->size;) {
		size_t len = (size_t)MIN(f->size - at, (uint64_t)BUNDLE_BLOCK);

		if (interrupt_check(err) < 0 ||
		    bundle_read_at(pass->b, f->offset + at, pass->block, len, err) < 0)
			return -1;
		digest_add(&d, pass->block, len);
		if (fd >= 0 && write_all(fd, pass->block, len, f->path, err) < 0)
			return -1;
		at += len;
		pass->done += len;
		progress_update(pass->progress, pass->done);
	}
	digest_end(&d, sum);
	digest_to_hex(sum, hex);
	if (strcmp(hex, f->digest) == 0)
		return 0;
	error_set(err, ERR_INTEGRITY, "'%s': %s does not match its digest", pass->b->path, f->path);
	return error_hint(err, "copy the bundle again from where it was made");
}

int bundle_verify(const struct bundle *b, struct progress *progress, struct error *err)
{
	struct pass pass CLEANUP_PASS = begin_pass(b, "verify", progress);

	for (size_t i = 0; i < b->n_files; i++)
		if (read_file(&pass, &b->files[i], -1, err) < 0)
			return -1;
	progress_end(progress);
	return 0;
}

static int extract_file(struct pass *pass, const struct bundle_file *f, const char *dir,
			struct error *err)
{
	CLEANUP_FREE char *path = path_join(dir, f->path), *parent = path_dirname(path);
	CLEANUP_CLOSE int fd = -1;

	if (folder_make(parent, err) < 0)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		  f->executable ? 0777 : 0666);
	if (fd < 0)
		return error_sys(err, errno, "create '%s'", path);
	return read_file(pass, f, fd, err);
}

/* One blob can stand for many files: look at what it will need before the disk is full. */
static int check_space(const struct bundle *b, const char *dir, struct error *err)
{
	uint64_t need = size_of_files(b), left;
	CLEANUP_FREE char *need_text = NULL, *left_text = NULL;
	struct statvfs fs;

	if (statvfs(dir, &fs) < 0)
		return error_sys(err, errno, "look at '%s'", dir);
	if (MUL_OVERFLOW((uint64_t)fs.f_bavail, (uint64_t)fs.f_frsize, &left) || need <= left)
		return 0;
	need_text = format_size(need);
	left_text = format_size(left);
	error_set(err, ERR_NO_SPACE, "'%s' needs %s, '%s' has %s left", b->path, need_text, dir,
		  left_text);
	return error_hint(err, "free some space there, or choose another place");
}

int bundle_extract(const struct bundle *b, const char *dir,
		   const struct bundle_extract_options *options, struct error *err)
{
	static const struct bundle_extract_options defaults;
	struct pass pass CLEANUP_PASS = { .block = NULL };

	if (!options)
		options = &defaults;
	if (check_space(b, dir, err) < 0)
		return -1;
	pass = begin_pass(b, "extract", options->progress);
	for (size_t i = 0; i < b->n_files; i++)
		if (extract_file(&pass, &b->files[i], dir, err) < 0)
			return -1;
	progress_end(options->progress);
	return bundle_check_tree(dir, err);
}

const struct bundle_file *bundle_find(const struct bundle *b, const char *path, struct error *err)
{
	for (size_t i = 0; i < b->n_files; i++)
		if (strcmp(b->files[i].path, path) == 0)
			return &b->files[i];
	error_set(err, ERR_NOT_FOUND, "there is no '%s' in '%s'", path, b->path);
	error_hint(err, "'rehost bundle list' shows what is in it");
	return NULL;
}

int bundle_cat(const struct bundle *b, const struct bundle_file *file, int fd, struct error *err)
{
	struct pass pass CLEANUP_PASS = { .b = b, .block = xmalloc(BUNDLE_BLOCK) };

	if (read_file(&pass, file, -1, err) < 0)
		return -1;
	return read_file(&pass, file, fd, err);
}
