// SPDX-License-Identifier: GPL-2.0-or-later
/* Bundles: open one. Index and signatures first, then the lists, each verified before it is read. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/bundle_docs.h"
#include "lib/bundle_private.h"
#include "lib/tar.h"

/* An archive while it is opened: which of its entries has a list spoken of? */
struct opening {
	struct bundle *b;
	struct tar_list list;
	bool *used;
};

static void cleanup_opening(struct opening *o)
{
	tar_list_clear(&o->list);
	free(o->used);
}

static int tampered(const struct opening *o, const char *name, const char *what, struct error *err)
{
	error_set(err, ERR_INTEGRITY, "'%s': %s %s", o->b->path, name, what);
	return error_hint(err, "copy the bundle again from where it was made");
}

static const struct tar_entry *take_entry(struct opening *o, const char *name, struct error *err)
{
	const struct tar_entry *e = tar_find(&o->list, name);

	if (!e) {
		tampered(o, name, "is missing", err);
		return NULL;
	}
	o->used[e - o->list.entries] = true;
	return e;
}

static int read_entry(struct opening *o, const struct tar_entry *e, size_t max, char **ret,
		      struct error *err)
{
	CLEANUP_FREE char *text = NULL;

	if (e->size > max)
		return error_set(err, ERR_REFUSED, "'%s': %s is too large", o->b->path, e->name);
	text = xcalloc((size_t)e->size + 1, 1);
	if (bundle_read_at(o->b, e->offset, text, (size_t)e->size, err) < 0)
		return -1;
	*ret = STEAL(text);
	return 0;
}

/* The blob that a descriptor speaks of, not read. */
static const struct tar_entry *take_blob(struct opening *o, const struct bundle_descriptor *d,
					 struct error *err)
{
	CLEANUP_FREE char *name = xasprintf(OCI_BLOB_DIR "%s", d->digest);
	const struct tar_entry *e = take_entry(o, name, err);

	if (!e || e->size == d->size)
		return e;
	tampered(o, name, "has not the size that its list gives", err);
	return NULL;
}

/* The same where the base may have it: *ret is NULL then. */
static int find_blob(struct opening *o, const struct bundle_descriptor *d,
		     const struct tar_entry **ret, struct error *err)
{
	CLEANUP_FREE char *name = xasprintf(OCI_BLOB_DIR "%s", d->digest);

	*ret = NULL;
	if (o->b->base[0] && !tar_find(&o->list, name))
		return 0;
	*ret = take_blob(o, d, err);
	return *ret ? 0 : -1;
}

/* A small blob: it is verified before anybody looks at it. */
static int read_blob(struct opening *o, const struct bundle_descriptor *d, char **ret, size_t *ret_len,
		     struct error *err)
{
	const struct tar_entry *e = take_blob(o, d, err);
	CLEANUP_FREE char *text = NULL;
	uint8_t sum[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	if (!e || read_entry(o, e, BUNDLE_MANIFEST_MAX, &text, err) < 0)
		return -1;
	digest_of(text, (size_t)e->size, sum);
	digest_to_hex(sum, hex);
	if (strcmp(hex, d->digest) != 0)
		return tampered(o, e->name, "does not match its digest", err);
	*ret = STEAL(text);
	*ret_len = (size_t)e->size;
	return 0;
}

static void clear_artifact(struct bundle_artifact *a)
{
	free(a->tag);
	free(a->manifest);
	free(a->config);
}

/* A manifest and its configuration; *ret_texts is both. */
static int read_manifest(struct opening *o, const struct bundle_descriptor *d,
			 struct bundle_descriptors *ret, struct bundle_artifact *ret_texts,
			 struct error *err)
{
	if (read_blob(o, d, &ret_texts->manifest, &ret_texts->manifest_len, err) < 0)
		return -1;
	if (bundle_manifest_parse(ret_texts->manifest, ret_texts->manifest_len, ret, err) < 0)
		return error_wrap(err, "'%s'", o->b->path);
	return read_blob(o, &ret->list[0], &ret_texts->config, &ret_texts->config_len, err);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct bundle_file *)a)->path, ((const struct bundle_file *)b)->path);
}

static int add_file(struct opening *o, const struct bundle_descriptor *d, struct error *err)
{
	const struct tar_entry *e;
	struct bundle_file *f;

	if (find_blob(o, d, &e, err) < 0)
		return -1;
	if (!d->title || !tar_name_is_safe(d->title))
		return error_set(err, ERR_REFUSED, "'%s': '%s' is no path inside a bundle",
				 o->b->path, d->title ? d->title : "");
	f = APPEND(o->b->files, o->b->n_files);
	*f = (struct bundle_file){
		.path = xstrdup(d->title),
		.media_type = xstrdup(d->media_type),
		.size = d->size,
		.offset = e ? e->offset : 0,
		.form = e ? FORM_WHOLE : FORM_BASE,
		.executable = d->executable,
		.arm = d->arm,
	};
	memcpy(f->digest, d->digest, sizeof(f->digest));
	return 0;
}

static int add_files(struct opening *o, const struct bundle_descriptors *layers, struct error *err)
{
	struct bundle *b = o->b;

	for (size_t i = 1; i < layers->n; i++)
		if (add_file(o, &layers->list[i], err) < 0)
			return -1;
	if (b->n_files)
		qsort(b->files, b->n_files, sizeof(*b->files), by_path);
	for (size_t i = 1; i < b->n_files; i++)
		if (by_path(&b->files[i - 1], &b->files[i]) == 0)
			return error_set(err, ERR_REFUSED, "'%s': '%s' is there twice", b->path,
					 b->files[i].path);
	return 0;
}

static int add_delta(struct opening *o, const struct bundle_descriptor *d, struct error *err)
{
	const struct tar_entry *e = take_blob(o, d, err);

	if (!e)
		return -1;
	for (size_t i = 0; i < o->b->n_files; i++) {
		struct bundle_file *f = &o->b->files[i];

		if (!d->title || strcmp(f->path, d->title) != 0 || f->form != FORM_BASE)
			continue;
		f->form = FORM_DELTA;
		f->offset = e->offset;
		f->delta_size = d->size;
		memcpy(f->delta, d->digest, sizeof(f->delta));
		return 0;
	}
	return error_set(err, ERR_REFUSED, "'%s': there is no '%s' to be made from the base",
			 o->b->path, d->title ? d->title : "");
}

/* A tag beside that of the bundle: deltas, or a disk whose blob is one of the files. */
static int take_other(struct opening *o, const struct bundle_descriptor *d,
		      const struct bundle_descriptors *layers, struct bundle_artifact *texts,
		      struct error *err)
{
	bool deltas = o->b->base[0] && strcmp(d->title, BUNDLE_DELTAS_TAG) == 0;
	const struct tar_entry *e;

	for (size_t i = 1; i < layers->n; i++)
		if ((deltas ? add_delta(o, &layers->list[i], err)
			    : find_blob(o, &layers->list[i], &e, err)) < 0)
			return -1;
	if (deltas)
		return 0;
	texts->tag = xstrdup(d->title);
	*APPEND(o->b->artifacts, o->b->n_artifacts) = *texts;
	*texts = (struct bundle_artifact){ .tag = NULL };
	return 0;
}

/* One tag of the index. All are checked, the files are those of the tag "bundle". */
static int take_manifest(struct opening *o, const struct bundle_descriptor *d, bool *found,
			 struct error *err)
{
	struct bundle_descriptors layers CLEANUP_DESCRIPTORS = BUNDLE_DESCRIPTORS_INIT;
	struct bundle_artifact texts __attribute__((cleanup(clear_artifact))) = { .tag = NULL };

	if (!d->title || strcmp(d->media_type, MEDIA_MANIFEST) != 0)
		return error_set(err, ERR_FORMAT, "'%s': the index names something unknown",
				 o->b->path);
	if (read_manifest(o, d, &layers, &texts, err) < 0)
		return -1;
	if (strcmp(d->title, BUNDLE_TAG) != 0)
		return take_other(o, d, &layers, &texts, err);
	if (*found)
		return error_set(err, ERR_REFUSED, "'%s': the index has two lists of files",
				 o->b->path);
	*found = true;
	return add_files(o, &layers, err);
}

static int take_manifests(struct opening *o, const struct bundle_descriptors *manifests,
			  struct error *err)
{
	bool found = false;

	for (size_t i = 0; i < manifests->n; i++) {
		for (size_t j = 0; j < i; j++)
			if (strcmp(manifests->list[i].digest, manifests->list[j].digest) == 0)
				return error_set(err, ERR_REFUSED,
						 "'%s': a list is named twice", o->b->path);
		if (take_manifest(o, &manifests->list[i], &found, err) < 0)
			return -1;
	}
	if (!found)
		return error_set(err, ERR_FORMAT, "'%s' has no list of files", o->b->path);
	return 0;
}

static int take_layout(struct opening *o, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	const struct tar_entry *e = tar_find(&o->list, OCI_LAYOUT_NAME);

	if (!e || !tar_find(&o->list, OCI_INDEX_NAME)) {
		error_set(err, ERR_FORMAT, "'%s' is not a bundle", o->b->path);
		return error_hint(err, "give the NAME" BUNDLE_SUFFIX " that 'rehost bundle' made");
	}
	take_entry(o, OCI_LAYOUT_NAME, err);
	if (read_entry(o, e, sizeof(OCI_LAYOUT_TEXT), &text, err) < 0)
		return -1;
	if (strcmp(text, OCI_LAYOUT_TEXT) != 0)
		return tampered(o, e->name, "was changed", err);
	return 0;
}

static int take_signatures(struct opening *o, const struct keyring *ring, const char *index,
			   size_t index_len, struct error *err)
{
	for (size_t i = 0; i < o->list.n_entries; i++) {
		const struct tar_entry *e = &o->list.entries[i];
		CLEANUP_FREE char *text = NULL;

		if (strncmp(e->name, SIGNATURE_DIR, strlen(SIGNATURE_DIR)) != 0)
			continue;
		o->used[i] = true;
		if (o->b->n_signers == BUNDLE_SIGNERS_MAX)
			return error_set(err, ERR_REFUSED, "'%s' has more than %d signatures",
					 o->b->path, BUNDLE_SIGNERS_MAX);
		if (read_entry(o, e, KEY_TEXT_MAX, &text, err) < 0 ||
		    bundle_add_signer(o->b, e->name, text, (size_t)e->size, ring, index, index_len,
				      err) < 0)
			return -1;
	}
	return 0;
}

static int check_all_used(const struct opening *o, struct error *err)
{
	for (size_t i = 0; i < o->list.n_entries; i++)
		if (!o->used[i])
			return tampered(o, o->list.entries[i].name, "is in no list", err);
	return 0;
}

static int read_all(struct opening *o, const struct keyring *ring, struct error *err)
{
	struct bundle_descriptors manifests CLEANUP_DESCRIPTORS = BUNDLE_DESCRIPTORS_INIT;
	CLEANUP_FREE char *index = NULL;
	const struct tar_entry *e;

	if (take_layout(o, err) < 0)
		return -1;
	e = take_entry(o, OCI_INDEX_NAME, err);
	if (read_entry(o, e, BUNDLE_INDEX_MAX, &index, err) < 0)
		return -1;
	if (take_signatures(o, ring, index, (size_t)e->size, err) < 0)
		return -1;
	if (bundle_index_parse(index, (size_t)e->size, o->b, &manifests, err) < 0)
		return error_wrap(err, "'%s'", o->b->path);
	if (take_manifests(o, &manifests, err) < 0)
		return -1;
	return check_all_used(o, err);
}

/* The names of guests and targets are those of their folders. */
static void note_names(struct bundle *b)
{
	for (size_t i = 0; i < b->n_files; i++) {
		struct strv parts CLEANUP_STRV = STRV_INIT;

		strv_split(&parts, b->files[i].path, "/");
		if (parts.n == 3 && strcmp(parts.v[0], BUNDLE_GUESTS) == 0 &&
		    strcmp(parts.v[2], "guest.xml") == 0)
			strv_add(&b->guests, parts.v[1]);
		if (parts.n > 2 && strcmp(parts.v[0], BUNDLE_TARGETS) == 0 &&
		    !strv_has(&b->targets, parts.v[1]))
			strv_add(&b->targets, parts.v[1]);
	}
}

int bundle_open(struct bundle *ret, const char *path, const struct keyring *ring,
		struct error *err)
{
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;
	struct opening o __attribute__((cleanup(cleanup_opening))) = { .b = &b };

	b.path = xstrdup(path);
	if (parts_open(&b.data, path, err) < 0 || tar_scan(&o.list, &b.data, path, err) < 0)
		return -1;
	o.used = xcalloc(o.list.n_entries, sizeof(*o.used));
	if (read_all(&o, ring, err) < 0)
		return -1;
	note_names(&b);
	*ret = b;
	b = (struct bundle)BUNDLE_INIT;
	return 0;
}

void bundle_clear(struct bundle *b)
{
	for (size_t i = 0; i < b->n_files; i++) {
		free(b->files[i].path);
		free(b->files[i].media_type);
	}
	for (size_t i = 0; i < b->n_signers; i++) {
		free(b->signers[i].name);
		free(b->signers[i].comment);
	}
	for (size_t i = 0; i < b->n_artifacts; i++)
		clear_artifact(&b->artifacts[i]);
	free(b->artifacts);
	free(b->files);
	free(b->signers);
	free(b->path);
	free(b->name);
	strv_clear(&b->guests);
	strv_clear(&b->targets);
	parts_clear(&b->data);
	*b = (struct bundle)BUNDLE_INIT;
}
