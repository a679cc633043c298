// SPDX-License-Identifier: GPL-2.0-or-later
/* Bundles: the files in one, verified while they are read. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/bundle_private.h"

int bundle_read_at(const struct bundle *b, uint64_t offset, void *ret, size_t len,
		   struct error *err)
{
	return parts_read(&b->data, offset, ret, len, b->path, err);
}

int bundle_write_all(int fd, const uint8_t *data, size_t len, const char *path, struct error *err)
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

uint64_t bundle_size_of_files(const struct bundle *b)
{
	uint64_t total = 0;

	for (size_t i = 0; i < b->n_files; i++)
		if (ADD_OVERFLOW(total, b->files[i].size, &total))
			return UINT64_MAX;
	return total;
}

struct bundle_pass bundle_pass_begin(const struct bundle *b, const char *phase, struct progress *progress)
{
	progress_begin(progress, phase, bundle_size_of_files(b));
	return (struct bundle_pass){ b, progress, 0, xmalloc(BUNDLE_BLOCK) };
}

/* @fd -1: nowhere to write */
int bundle_pass_range(struct bundle_pass *pass, uint64_t offset, uint64_t size, int fd,
		      char ret[DIGEST_HEX_SIZE], struct error *err)
{
	struct digest d CLEANUP_DIGEST = DIGEST_INIT;
	uint8_t sum[DIGEST_SIZE];

	digest_begin(&d);
	for (uint64_t at = 0; at < size;) {
		size_t len = (size_t)MIN(size - at, (uint64_t)BUNDLE_BLOCK);

		if (interrupt_check(err) < 0 ||
		    bundle_read_at(pass->b, offset + at, pass->block, len, err) < 0)
			return -1;
		digest_add(&d, pass->block, len);
		if (fd >= 0 && bundle_write_all(fd, pass->block, len, pass->b->path, err) < 0)
			return -1;
		at += len;
		pass->done += len;
		progress_update(pass->progress, pass->done);
	}
	digest_end(&d, sum);
	digest_to_hex(sum, ret);
	return 0;
}

int bundle_digest_range(const struct bundle *b, uint64_t offset, uint64_t size,
			char ret[DIGEST_HEX_SIZE], struct error *err)
{
	struct bundle_pass pass CLEANUP_PASS = { .b = b, .block = xmalloc(BUNDLE_BLOCK) };

	return bundle_pass_range(&pass, offset, size, -1, ret, err);
}

int bundle_not_matching(const struct bundle *b, const char *path, struct error *err)
{
	error_set(err, ERR_INTEGRITY, "'%s': %s does not match its digest", b->path, path);
	return error_hint(err, "copy the bundle again from where it was made");
}

/* What the archive has of a file, verified: all of it, or the delta. */
int bundle_pass_file(struct bundle_pass *pass, const struct bundle_file *f, int fd, struct error *err)
{
	bool delta = f->form == FORM_DELTA;
	char hex[DIGEST_HEX_SIZE];

	if (f->form == FORM_BASE)
		return 0;
	if (bundle_pass_range(pass, f->offset, delta ? f->delta_size : f->size, fd, hex, err) < 0)
		return -1;
	return strcmp(hex, delta ? f->delta : f->digest) == 0 ? 0 : bundle_not_matching(pass->b, f->path, err);
}

int bundle_verify(const struct bundle *b, struct progress *progress, struct error *err)
{
	struct bundle_pass pass CLEANUP_PASS = bundle_pass_begin(b, "verify", progress);

	for (size_t i = 0; i < b->n_files; i++)
		if (bundle_pass_file(&pass, &b->files[i], -1, err) < 0)
			return -1;
	progress_end(progress);
	return 0;
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
