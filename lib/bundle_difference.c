// SPDX-License-Identifier: GPL-2.0-or-later
/* Bundles of differences: what a newer bundle has that an older one has not. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/bundle_docs.h"
#include "lib/bundle_private.h"

enum { WORTH_PERCENT = 90 };	/* a delta that is larger than this part of the file is none */

/* While a difference is made; deltas lie one behind the other in a file without a name. */
struct making {
	const struct bundle *old, *new;
	struct bundle b;		/* what is written: files as in @new */
	int deltas;
	uint64_t end;			/* of that file */
	struct digest digest;
	struct progress *progress;
};

static void cleanup_making(struct making *m)
{
	cleanup_close(&m->deltas);
	bundle_clear(&m->b);
	digest_discard(&m->digest);
}

static const struct bundle_file *find_old(const struct making *m, const char *path)
{
	struct error none CLEANUP_ERROR = ERROR_INIT;

	return bundle_find(m->old, path, &none);
}

static int keep_delta(void *arg, const void *data, size_t len, struct error *err)
{
	struct making *m = arg;
	const uint8_t *at = data;

	digest_add(&m->digest, data, len);
	while (len) {
		ssize_t put = pwrite(m->deltas, at, len, (off_t)m->end);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return error_sys(err, put < 0 ? errno : ENOSPC, "write the differences");
		at += put;
		m->end += (uint64_t)put;
		len -= (size_t)put;
	}
	return 0;
}

/* A file that is only a little different; one that is very different is carried whole. */
static int compare_file(struct making *m, const struct bundle_file *old, struct bundle_file *f,
			struct error *err)
{
	CLEANUP_FREE char *phase = xasprintf("compare %s", f->path);
	const struct stretch from = { &m->old->data, old->offset, old->size, m->old->path };
	const struct stretch to = { &m->new->data, f->offset, f->size, m->new->path };
	uint64_t begin = m->end, size;
	uint8_t sum[DIGEST_SIZE];

	digest_begin(&m->digest);
	progress_begin(m->progress, phase, old->size + f->size);
	if (delta_make(&from, &to, m->progress, keep_delta, m, err) < 0)
		return -1;
	progress_end(m->progress);
	digest_end(&m->digest, sum);
	size = m->end - begin;
	if (size > f->size / 100 * WORTH_PERCENT) {
		m->end = begin;
		return 0;
	}
	f->form = FORM_DELTA;
	f->offset = begin;
	f->delta_size = size;
	digest_to_hex(sum, f->delta);
	return 0;
}

static bool is_carried(const struct bundle *b, const struct bundle_file *f)
{
	for (size_t i = 0; i < b->n_files; i++)
		if (b->files[i].form == FORM_WHOLE && &b->files[i] != f &&
		    strcmp(b->files[i].digest, f->digest) == 0)
			return true;
	return false;
}

static int choose_forms(struct making *m, struct error *err)
{
	for (size_t i = 0; i < m->b.n_files; i++) {
		const struct bundle_file *old = find_old(m, m->b.files[i].path);

		if (old && strcmp(old->digest, m->b.files[i].digest) == 0)
			m->b.files[i].form = FORM_BASE;
	}
	for (size_t i = 0; i < m->b.n_files; i++) {
		struct bundle_file *f = &m->b.files[i];
		const struct bundle_file *old = find_old(m, f->path);

		if (f->form == FORM_WHOLE && old && strcmp(f->media_type, MEDIA_DISK) == 0 &&
		    !is_carried(&m->b, f) && compare_file(m, old, f, err) < 0)
			return -1;
	}
	return 0;
}

static int put_blob(struct tar_writer *tar, const char *digest, const struct bundle *in,
		    uint64_t offset, uint64_t size, struct error *err)
{
	CLEANUP_FREE char *name = xasprintf(OCI_BLOB_DIR "%s", digest);

	return bundle_put_range(tar, name, in, offset, size, err);
}

static bool put_before(const struct bundle *b, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (b->files[j].form == FORM_WHOLE &&
		    strcmp(b->files[i].digest, b->files[j].digest) == 0)
			return true;
	return false;
}

static int put_files(struct tar_writer *tar, struct making *m, struct error *err)
{
	struct parts deltas CLEANUP_PARTS = PARTS_INIT;
	struct bundle in = { .path = (char *)"the differences" };

	if (parts_of_fd(&deltas, m->deltas, in.path, err) < 0)
		return -1;
	in.data = deltas;
	for (size_t i = 0; i < m->b.n_files; i++) {
		const struct bundle_file *f = &m->b.files[i];

		if (f->form == FORM_WHOLE && !put_before(&m->b, i) &&
		    put_blob(tar, f->digest, m->new, f->offset, f->size, err) < 0)
			return -1;
		if (f->form == FORM_DELTA &&
		    put_blob(tar, f->delta, &in, f->offset, f->delta_size, err) < 0)
			return -1;
	}
	return 0;
}

static int put_all(struct making *m, struct outfile *out, const struct secret_key *key,
		   struct error *err)
{
	struct bundle_docs docs CLEANUP_BUNDLE_DOCS = BUNDLE_DOCS_INIT;
	struct tar_writer tar;

	bundle_docs_build(&m->b, &docs);
	tar_begin(&tar, fileno(out->f), out->path);
	if (bundle_put_docs(&tar, &m->b, &docs, key, err) < 0 || put_files(&tar, m, err) < 0)
		return -1;
	return tar_end(&tar, err);
}

static void copy_lists(struct making *m)
{
	const struct bundle *new = m->new;

	m->b.name = xstrdup(new->name);
	m->b.revision = new->revision;
	m->b.base_revision = m->old->revision;
	memcpy(m->b.digest, new->digest, sizeof(m->b.digest));
	memcpy(m->b.base, m->old->digest, sizeof(m->b.base));
	for (size_t i = 0; i < new->n_files; i++) {
		struct bundle_file *f = APPEND(m->b.files, m->b.n_files);

		*f = new->files[i];
		f->path = xstrdup(new->files[i].path);
		f->media_type = xstrdup(new->files[i].media_type);
	}
}

int bundle_write_difference(const struct bundle *old, const char *path, struct outfile *out,
			    const struct bundle_write_options *options, struct error *err)
{
	struct bundle new CLEANUP_BUNDLE = BUNDLE_INIT;
	struct making m __attribute__((cleanup(cleanup_making))) = {
		.old = old, .new = &new, .deltas = -1, .progress = options->progress,
	};
	CLEANUP_FREE char *dir = path_dirname(out->path);

	if (bundle_open(&new, path, NULL, err) < 0)
		return -1;
	if (strcmp(old->name, new.name) != 0)
		return error_set(err, ERR_REFUSED, "'%s' is a bundle of '%s', not of '%s'", old->path,
				 old->name, new.name);
	m.deltas = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (m.deltas < 0)
		return error_sys(err, errno, "write in '%s'", dir);
	copy_lists(&m);
	if (choose_forms(&m, err) < 0)
		return -1;
	return put_all(&m, out, options->key, err);
}
