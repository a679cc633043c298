// SPDX-License-Identifier: GPL-2.0-or-later
/* Bundles: make one archive of a folder that bundle_stage() has filled, and sign it. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"
#include "lib/bundle_docs.h"
#include "lib/bundle_private.h"
#include "lib/bundle_stage.h"
#include "lib/tar.h"

static void cleanup_fts(FTS **fts)
{
	if (*fts)
		fts_close(*fts);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct bundle_file *)a)->path, ((const struct bundle_file *)b)->path);
}

static int add_file(struct bundle *b, const char *dir, const FTSENT *entry, struct error *err)
{
	struct bundle_file *f;

	if (b->n_files == BUNDLE_FILES_MAX)
		return error_set(err, ERR_REFUSED, "a bundle holds at most %d files",
				 BUNDLE_FILES_MAX);
	f = APPEND(b->files, b->n_files);
	f->path = path_relative(dir, entry->fts_path);
	f->media_type = xstrdup(bundle_media_type(f->path));
	f->executable = entry->fts_statp->st_mode & 0100;
	return digest_file(entry->fts_path, f->digest, &f->size, err);
}

/* Its digest stays unlike all others until it is known. */
static void add_disk(struct bundle *b, const struct staged_disk *d)
{
	struct bundle_file *f = APPEND(b->files, b->n_files);

	f->path = xstrdup(d->path);
	f->media_type = xstrdup(bundle_media_type(d->path));
	f->arm = d->arm;
	snprintf(f->digest, sizeof(f->digest), "%064zu", b->n_files);
}

/* The files below a folder, sorted, with their digests. */
static int list_files(struct bundle *b, char *dir, const struct staged_disks *disks,
		      struct error *err)
{
	char *const roots[] = { dir, NULL };
	FTS *fts __attribute__((cleanup(cleanup_fts))) =
		fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	const FTSENT *entry;

	if (!fts)
		return error_sys(err, errno, "open folder '%s'", dir);
	while ((entry = fts_read(fts))) {
		if (entry->fts_info == FTS_D || entry->fts_info == FTS_DP)
			continue;
		if (entry->fts_info != FTS_F)
			return error_set(err, ERR_REFUSED, "'%s' is not a plain file",
					 entry->fts_path);
		if (add_file(b, dir, entry, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < disks->n; i++)
		add_disk(b, &disks->list[i]);
	if (b->n_files)
		qsort(b->files, b->n_files, sizeof(*b->files), by_path);
	return 0;
}

int bundle_put_range(struct tar_writer *tar, const char *name, const struct bundle *in,
		     uint64_t offset, uint64_t size, struct error *err)
{
	CLEANUP_FREE uint8_t *block = xmalloc(BUNDLE_BLOCK);

	if (tar_add(tar, name, size, err) < 0)
		return -1;
	for (uint64_t at = 0; at < size;) {
		size_t len = (size_t)MIN(size - at, (uint64_t)BUNDLE_BLOCK);

		if (interrupt_check(err) < 0 ||
		    bundle_read_at(in, offset + at, block, len, err) < 0 ||
		    tar_write(tar, block, len, err) < 0)
			return -1;
		at += len;
	}
	return 0;
}

static int put_file(struct tar_writer *tar, const char *dir, const struct bundle_file *f,
		    struct error *err)
{
	CLEANUP_FREE char *path = path_join(dir, f->path);
	CLEANUP_FREE char *name = xasprintf(OCI_BLOB_DIR "%s", f->digest);
	struct parts data CLEANUP_PARTS = PARTS_INIT;
	struct bundle in = { .path = path };

	if (parts_open(&data, path, err) < 0)
		return -1;
	in.data = data;
	return bundle_put_range(tar, name, &in, 0, f->size, err);
}

static bool is_late(const struct bundle_file *f)
{
	return strcmp(f->media_type, MEDIA_TARGET) == 0;
}

/* Files with the same contents are stored once. */
static bool seen_before(const struct bundle *b, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(b->files[i].digest, b->files[j].digest) == 0)
			return true;
	return false;
}

static const struct staged_disk *find_disk(const struct staged_disks *disks, const char *path)
{
	for (size_t i = 0; i < disks->n; i++)
		if (strcmp(disks->list[i].path, path) == 0)
			return &disks->list[i];
	return NULL;
}

/* What it was before is written over by the next file. */
static int put_disk(struct tar_writer *tar, struct bundle *b, size_t i,
		    const struct staged_disk *disk, struct progress *progress, struct error *err)
{
	CLEANUP_FREE char *name = NULL;

	if (bundle_put_disk(tar, disk, &b->files[i], progress, err) < 0)
		return -1;
	if (seen_before(b, i))
		return 0;
	name = xasprintf(OCI_BLOB_DIR "%s", b->files[i].digest);
	return tar_end_open(tar, name, b->files[i].size, err);
}

static void tell_guest(const struct bundle *b, struct partition *p)
{
	for (size_t i = 0; i < p->guest.n_disks; i++) {
		struct guest_disk *d = &p->guest.disks[i];
		CLEANUP_FREE char *path = path_join(p->guest_path, d->file);
		const struct bundle_file *f = bundle_find(b, path, NULL);

		if (!f)
			continue;
		memcpy(d->image, f->digest, sizeof(d->image));
		bundle_docs_artifact(f, d->artifact);
		d->image_size = f->size;
	}
}

/* All disks are stored: targets may say now which they are. */
static int settle_targets(struct bundle *b, struct plan *plan, const char *dir,
			  const struct bundle_write_options *options, struct error *err)
{
	for (size_t i = 0; i < plan->n_partitions; i++)
		tell_guest(b, &plan->partitions[i]);
	if (bundle_stage_targets(plan, dir, true, options, err) < 0)
		return -1;
	for (size_t i = 0; i < b->n_files; i++) {
		CLEANUP_FREE char *path = path_join(dir, b->files[i].path);

		if (is_late(&b->files[i]) &&
		    digest_file(path, b->files[i].digest, &b->files[i].size, err) < 0)
			return -1;
	}
	return 0;
}

/* The files of targets come behind the disks. */
static int put_files(struct tar_writer *tar, struct bundle *b, struct plan *plan, const char *dir,
		     const struct staged_disks *disks, const struct bundle_write_options *options,
		     struct error *err)
{
	bool settled = false;

	for (size_t i = 0; i < b->n_files; i++) {
		const struct staged_disk *disk = find_disk(disks, b->files[i].path);
		int rc = 0;

		if (is_late(&b->files[i]) && !settled) {
			if (settle_targets(b, plan, dir, options, err) < 0)
				return -1;
			settled = true;
		}
		if (disk)
			rc = put_disk(tar, b, i, disk, options->progress, err);
		else if (!seen_before(b, i))
			rc = put_file(tar, dir, &b->files[i], err);
		if (rc < 0)
			return -1;
	}
	return 0;
}

int bundle_put_signature(struct tar_writer *tar, const struct bundle *b, const void *index,
			 size_t len, const struct secret_key *key, struct error *err)
{
	CLEANUP_FREE char *comment = NULL, *text = NULL, *name = NULL;
	char id[KEY_ID_HEX_SIZE];

	key_id_text(key->pub.id, id);
	name = xasprintf(SIGNATURE_DIR "%s" SIGNATURE_SUFFIX, id);
	comment = xasprintf("rehost bundle %s revision %" PRIu64, b->name, b->revision);
	text = signature_make(key, index, len, comment);
	return tar_add_text(tar, name, text, strlen(text), err);
}

int bundle_put_docs(struct tar_writer *tar, const struct bundle *b, const struct bundle_docs *docs,
		    const struct secret_key *key, struct error *err)
{
	if (tar_add_text(tar, OCI_LAYOUT_NAME, OCI_LAYOUT_TEXT, strlen(OCI_LAYOUT_TEXT), err) < 0 ||
	    tar_add_text(tar, OCI_INDEX_NAME, docs->index.text, docs->index.len, err) < 0)
		return -1;
	if (key && bundle_put_signature(tar, b, docs->index.text, docs->index.len, key, err) < 0)
		return -1;
	for (size_t i = 0; i < docs->n_blobs; i++) {
		CLEANUP_FREE char *name = xasprintf(OCI_BLOB_DIR "%s", docs->blobs[i].digest);

		if (tar_add_text(tar, name, docs->blobs[i].text, docs->blobs[i].len, err) < 0)
			return -1;
	}
	return 0;
}

/* The documents, whose length does not depend on what is said of the disks. */
static int write_front(struct bundle *b, struct tar_writer *tar, const struct secret_key *key,
		       struct error *err)
{
	struct bundle_docs docs CLEANUP_BUNDLE_DOCS = BUNDLE_DOCS_INIT;

	bundle_docs_build(b, &docs);
	return bundle_put_docs(tar, b, &docs, key, err);
}

/* Index and signature come first, and are written twice: what they say is known at the end. */
static int write_archive(struct bundle *b, struct plan *plan, const char *dir,
			 const struct staged_disks *disks, struct outfile *out,
			 const struct bundle_write_options *options, struct error *err)
{
	struct tar_writer tar, front;
	uint64_t room;

	tar_begin(&tar, fileno(out->f), out->path);
	tar_begin(&front, fileno(out->f), out->path);
	if (write_front(b, &tar, options->key, err) < 0)
		return -1;
	room = tar.at;
	if (put_files(&tar, b, plan, dir, disks, options, err) < 0 || tar_end(&tar, err) < 0 ||
	    write_front(b, &front, options->key, err) < 0)
		return -1;
	return front.at == room ? 0 : error_set(err, ERR_FORMAT, "'%s': the lists grew", out->path);
}

static int write_whole(const char *plan_path, const char *path, struct outfile *out,
		       const struct bundle_write_options *options, struct error *err)
{
	CLEANUP_FREE char *stage_path = xasprintf("%s.files", path);
	struct plan plan CLEANUP_PLAN = PLAN_INIT;
	struct outdir stage CLEANUP_OUTDIR = OUTDIR_INIT;
	struct staged_disks disks CLEANUP_STAGED_DISKS = { NULL, 0 };
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;

	if (plan_open(&plan, plan_path, err) < 0 ||
	    outfile_open(out, path, OUTFILE_NEW, err) < 0 ||
	    outdir_open(&stage, stage_path, OUTDIR_NEW, err) < 0)
		return -1;
	b.name = xstrdup(plan.name);
	b.revision = options->revision;
	if (bundle_stage(&plan, stage.partial, options, &disks, err) < 0 ||
	    list_files(&b, stage.partial, &disks, err) < 0)
		return -1;
	return write_archive(&b, &plan, stage.partial, &disks, out, options, err);
}

static int open_base(struct bundle *ret, struct bundle_write_options *options, struct error *err)
{
	if (bundle_open(ret, options->base, NULL, err) < 0)
		return -1;
	if (ret->base[0]) {
		error_set(err, ERR_REFUSED, "'%s' is itself a bundle of differences", ret->path);
		return error_hint(err, "give the whole bundle that is installed");
	}
	if (!options->revision)
		options->revision = ret->revision + 1;
	if (options->revision <= ret->revision) {
		error_set(err, ERR_REFUSED, "'%s' is revision %" PRIu64 " already", ret->path,
			  ret->revision);
		return error_hint(err, "give --revision %" PRIu64 " or more", ret->revision + 1);
	}
	return bundle_verify(ret, options->progress, err);
}

/* The whole bundle is made beside it, and compared. */
static int write_with_base(const char *plan_path, const char *path,
			   struct bundle_write_options options, struct error *err)
{
	CLEANUP_FREE char *whole_path = xasprintf("%s.whole", path);
	struct outfile whole CLEANUP_OUTFILE = OUTFILE_INIT, out CLEANUP_OUTFILE = OUTFILE_INIT;
	struct bundle base CLEANUP_BUNDLE = BUNDLE_INIT;
	const struct secret_key *key = options.key;

	if (open_base(&base, &options, err) < 0 || outfile_open(&out, path, OUTFILE_NEW, err) < 0)
		return -1;
	options.key = NULL;
	if (write_whole(plan_path, whole_path, &whole, &options, err) < 0)
		return -1;
	options.key = key;
	if (bundle_write_difference(&base, whole.partial, &out, &options, err) < 0)
		return -1;
	return outfile_commit(&out, err);
}

int bundle_write(const char *plan_path, const char *path,
		 const struct bundle_write_options *options, struct error *err)
{
	struct bundle_write_options first = *options;
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;

	if (options->base)
		return write_with_base(plan_path, path, *options, err);
	first.revision = MAX(options->revision, (uint64_t)1);
	if (write_whole(plan_path, path, &out, &first, err) < 0)
		return -1;
	return outfile_commit(&out, err);
}
