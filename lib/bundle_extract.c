// SPDX-License-Identifier: GPL-2.0-or-later
/* Bundles: the files as they are used, those that come from a base and a delta, too. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/bundle_private.h"

/* A file of the base, opened. */
struct base_file {
	struct parts own;		/* of one that was extracted */
	struct stretch s;
	char *path;			/* of one that was extracted, or NULL */
};

static void cleanup_base_file(struct base_file *f)
{
	parts_clear(&f->own);
	free(f->path);
}

#define CLEANUP_BASE_FILE __attribute__((cleanup(cleanup_base_file)))

static int base_open(const struct bundle_base *base, const char *path, struct base_file *ret,
		     struct error *err)
{
	const struct bundle_file *f;

	if (!base->bundle) {
		ret->path = path_join(base->dir, path);
		if (parts_open(&ret->own, ret->path, err) < 0)
			return -1;
		ret->s = (struct stretch){ &ret->own, 0, ret->own.size, ret->path };
		return 0;
	}
	f = bundle_find(base->bundle, path, err);
	if (!f)
		return -1;
	ret->s = (struct stretch){ &base->bundle->data, f->offset, f->size, base->bundle->path };
	return 0;
}

/* Where the file goes that a delta makes. */
struct target_file {
	struct bundle_pass *pass;
	struct digest digest;
	int fd;
};

static int take_bytes(void *arg, const void *data, size_t len, struct error *err)
{
	struct target_file *t = arg;

	digest_add(&t->digest, data, len);
	t->pass->done += len;
	progress_update(t->pass->progress, t->pass->done);
	return t->fd >= 0 ? bundle_write_all(t->fd, data, len, t->pass->b->path, err) : 0;
}

static int make_from_delta(struct bundle_pass *pass, const struct bundle_file *f,
			   const struct base_file *base, int fd, struct error *err)
{
	const struct stretch delta = { &pass->b->data, f->offset, f->delta_size, pass->b->path };
	struct target_file t = { pass, DIGEST_INIT, fd };
	uint8_t sum[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];
	int rc;

	digest_begin(&t.digest);
	rc = delta_apply(&base->s, &delta, f->size, take_bytes, &t, err);
	if (rc == 0)
		digest_end(&t.digest, sum);
	digest_discard(&t.digest);
	if (rc < 0)
		return error_wrap(err, "%s", f->path);
	digest_to_hex(sum, hex);
	return strcmp(hex, f->digest) == 0 ? 0 : bundle_not_matching(pass->b, f->path, err);
}

/* A file that the base has: it is read all the same, bytes rot where they lie. */
static int take_from_base(struct bundle_pass *pass, const struct bundle_file *f,
			  const struct base_file *base, int fd, struct error *err)
{
	struct bundle view = { .data = *base->s.data, .path = (char *)base->s.path };
	struct bundle_pass other = *pass;
	char hex[DIGEST_HEX_SIZE];
	int rc;

	other.b = &view;
	rc = base->s.size == f->size ? bundle_pass_range(&other, base->s.offset, f->size, fd, hex, err) : 0;
	pass->done = other.done;
	if (rc < 0)
		return -1;
	if (base->s.size == f->size && strcmp(hex, f->digest) == 0)
		return 0;
	error_set(err, ERR_INTEGRITY, "'%s': the base has another %s", pass->b->path, f->path);
	return error_hint(err, "carry the whole bundle to this host");
}

/* Any form of a file; @fd -1: only verify */
static int make_file(struct bundle_pass *pass, const struct bundle_file *f,
		     const struct bundle_base *base, int fd, struct error *err)
{
	struct base_file old CLEANUP_BASE_FILE = { PARTS_INIT, { 0 }, NULL };

	if (f->form == FORM_WHOLE)
		return bundle_pass_file(pass, f, fd, err);
	if (!base) {
		error_set(err, ERR_REFUSED, "'%s' holds only differences to revision %" PRIu64,
			  pass->b->path, pass->b->base_revision);
		return error_hint(err, "give that bundle with --base");
	}
	if (base_open(base, f->path, &old, err) < 0)
		return -1;
	if (f->form == FORM_BASE)
		return take_from_base(pass, f, &old, fd, err);
	if (bundle_pass_file(pass, f, -1, err) < 0)
		return -1;
	return make_from_delta(pass, f, &old, fd, err);
}

int bundle_verify_whole(const struct bundle *b, const struct bundle_base *base,
			struct progress *progress, struct error *err)
{
	struct bundle_pass pass CLEANUP_PASS = bundle_pass_begin(b, "verify", progress);

	for (size_t i = 0; i < b->n_files; i++)
		if (make_file(&pass, &b->files[i], base, -1, err) < 0)
			return -1;
	progress_end(progress);
	return 0;
}

/* Files that an installed base has are verified, and then shared: nothing ever writes to them. */
static int link_from_base(struct bundle_pass *pass, const struct bundle_file *f,
			  const struct bundle_base *base, const char *path, bool *ret_done,
			  struct error *err)
{
	CLEANUP_FREE char *old = NULL;

	*ret_done = false;
	if (f->form != FORM_BASE || !base || !base->dir)
		return 0;
	if (make_file(pass, f, base, -1, err) < 0)
		return -1;
	old = path_join(base->dir, f->path);
	*ret_done = link(old, path) == 0;
	return 0;
}

static int extract_file(struct bundle_pass *pass, const struct bundle_file *f, const char *dir,
			const struct bundle_base *base, struct error *err)
{
	CLEANUP_FREE char *path = path_join(dir, f->path), *parent = path_dirname(path);
	CLEANUP_CLOSE int fd = -1;
	bool done = false;

	if (folder_make(parent, err) < 0 || link_from_base(pass, f, base, path, &done, err) < 0)
		return -1;
	if (done)
		return 0;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		  f->executable ? 0777 : 0666);
	if (fd < 0)
		return error_sys(err, errno, "create '%s'", path);
	return make_file(pass, f, base, fd, err);
}

/* One blob can stand for many files: look at what it will need before the disk is full. */
static int check_space(const struct bundle *b, const char *dir, struct error *err)
{
	uint64_t need = bundle_size_of_files(b), left;
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
	struct bundle_pass pass CLEANUP_PASS = { .block = NULL };

	if (!options)
		options = &defaults;
	if (check_space(b, dir, err) < 0)
		return -1;
	pass = bundle_pass_begin(b, "extract", options->progress);
	for (size_t i = 0; i < b->n_files; i++)
		if (extract_file(&pass, &b->files[i], dir, options->base, err) < 0)
			return -1;
	progress_end(options->progress);
	return bundle_check_tree(dir, err);
}

int bundle_cat(const struct bundle *b, const struct bundle_file *file, int fd, struct error *err)
{
	struct bundle_pass pass CLEANUP_PASS = { .b = b, .block = xmalloc(BUNDLE_BLOCK) };

	if (make_file(&pass, file, NULL, -1, err) < 0)
		return -1;
	return make_file(&pass, file, NULL, fd, err);
}

int bundle_read_text(const struct bundle *b, const struct bundle_file *file, size_t max, char **ret,
		     size_t *ret_len, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	uint8_t sum[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	if (file->form != FORM_WHOLE || file->size > max)
		return error_set(err, ERR_REFUSED, "'%s': %s cannot be read", b->path, file->path);
	text = xcalloc((size_t)file->size + 1, 1);
	if (bundle_read_at(b, file->offset, text, (size_t)file->size, err) < 0)
		return -1;
	digest_of(text, (size_t)file->size, sum);
	digest_to_hex(sum, hex);
	if (strcmp(hex, file->digest) != 0)
		return bundle_not_matching(b, file->path, err);
	*ret = STEAL(text);
	*ret_len = (size_t)file->size;
	return 0;
}
