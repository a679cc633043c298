// SPDX-License-Identifier: GPL-2.0-or-later
/* Bundles: the documents of the OCI image layout, built from the list of files. */
#include "config.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/json.h"
#include "lib/base/path.h"
#include "lib/bundle_docs.h"

const char *bundle_media_type(const char *path)
{
	static const struct {
		const char *prefix, *suffix, *type;
	} types[] = {
		{ BUNDLE_PLAN, "", MEDIA_FILE_PREFIX "plan.v1+xml" },
		{ BUNDLE_HOST, "", MEDIA_FILE_PREFIX "machine.v1+xml" },
		{ BUNDLE_GUESTS "/", "/guest.xml", MEDIA_FILE_PREFIX "guest.v1+xml" },
		{ BUNDLE_GUESTS "/", ".qcow2", MEDIA_DISK },
		{ BUNDLE_GUESTS "/", "/origin/capture.xml", MEDIA_FILE_PREFIX "capture.v1+xml" },
		{ BUNDLE_GUESTS "/", "/origin/machine.xml", MEDIA_FILE_PREFIX "machine.v1+xml" },
		{ BUNDLE_GUESTS "/", "", MEDIA_FILE_PREFIX "evidence.v1" },
		{ BUNDLE_TARGETS "/", "", MEDIA_TARGET },
		{ "", ".html", "text/html" },
		{ "", ".spdx.json", "application/spdx+json" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strncmp(path, types[i].prefix, strlen(types[i].prefix)) == 0 &&
		    path_has_suffix(path, types[i].suffix))
			return types[i].type;
	return "application/octet-stream";
}

static void put(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

static struct json_object *new_descriptor(const char *media_type, const char *digest,
					  uint64_t size)
{
	struct json_object *d = json_object_new_object();
	CLEANUP_FREE char *named = xasprintf("sha256:%s", digest);

	put(d, "mediaType", media_type);
	put(d, "digest", named);
	json_object_object_add(d, "size", json_object_new_uint64(size));
	return d;
}

static struct json_object *new_document(const char *media_type)
{
	struct json_object *doc = json_object_new_object();

	json_object_object_add(doc, "schemaVersion", json_object_new_int(2));
	put(doc, "mediaType", media_type);
	return doc;
}

static struct bundle_doc to_doc(struct json_object *object, size_t blanks)
{
	struct bundle_doc doc;
	uint8_t sum[DIGEST_SIZE];

	doc.text = xasprintf("%s%*s", json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE), (int)blanks, "");
	doc.len = strlen(doc.text);
	digest_of(doc.text, doc.len, sum);
	digest_to_hex(sum, doc.digest);
	json_object_put(object);
	return doc;
}

/* Keeps a document; its descriptor stands in for it elsewhere. */
static struct json_object *add_blob(struct bundle_docs *docs, const char *media_type,
				    struct json_object *object, size_t blanks)
{
	struct bundle_doc *doc = APPEND(docs->blobs, docs->n_blobs);

	*doc = to_doc(object, blanks);
	return new_descriptor(media_type, doc->digest, doc->len);
}

/* A configuration of the plain kind: other kinds are not found by EVE, nor read by skopeo. */
static struct json_object *new_config(struct json_object *labels, struct json_object *diff_ids,
				      const char *architecture)
{
	struct json_object *config = json_object_new_object();
	struct json_object *inner = json_object_new_object();
	struct json_object *rootfs = json_object_new_object();

	put(config, "architecture", architecture);
	put(config, "os", "linux");
	json_object_object_add(inner, "Labels", labels);
	json_object_object_add(config, "config", inner);
	put(rootfs, "type", "layers");
	json_object_object_add(rootfs, "diff_ids", diff_ids);
	json_object_object_add(config, "rootfs", rootfs);
	return config;
}

static struct json_object *new_diff_id(const struct bundle_file *f)
{
	CLEANUP_FREE char *named = xasprintf("sha256:%s", f->digest);

	return json_object_new_string(named);
}

/* Puts a manifest into the index, under @tag; as its processors are, so is the platform. */
static void add_manifest(struct bundle_docs *docs, struct json_object *manifests, const char *tag,
			 struct json_object *config, struct json_object *layers, size_t blanks)
{
	const char *architecture = json_get_text(config, "architecture");
	struct json_object *manifest = new_document(MEDIA_MANIFEST);
	struct json_object *platform = json_object_new_object();
	struct json_object *annotations = json_object_new_object();
	struct json_object *descriptor;

	put(platform, "os", "linux");
	put(platform, "architecture", architecture);
	json_object_object_add(manifest, "config", add_blob(docs, MEDIA_CONFIG, config, 0));
	json_object_object_add(manifest, "layers", layers);
	descriptor = add_blob(docs, MEDIA_MANIFEST, manifest, blanks);
	json_object_object_add(descriptor, "platform", platform);
	put(annotations, "org.opencontainers.image.ref.name", tag);
	json_object_object_add(descriptor, "annotations", annotations);
	json_object_array_add(manifests, descriptor);
}

/*
 * The documents come first in the archive, the disks are stored behind them, and only then their sizes
 * are known, and what targets say of them: blanks at the end give the documents the same length whatever
 * these are.
 */
static size_t blanks_for(const struct bundle_file *f)
{
	enum { DIGITS_MAX = 19 };

	if (strcmp(f->media_type, MEDIA_DISK) != 0 && strcmp(f->media_type, MEDIA_TARGET) != 0)
		return 0;
	return DIGITS_MAX - (size_t)snprintf(NULL, 0, "%" PRIu64, f->size);
}

static struct json_object *new_file_layer(const struct bundle_file *f)
{
	struct json_object *layer = new_descriptor(f->media_type, f->digest, f->size);
	struct json_object *annotations = json_object_new_object();

	put(annotations, "org.opencontainers.image.title", f->path);
	if (f->executable)
		put(annotations, "rehost.executable", "yes");
	if (f->arm)
		put(annotations, ANNOTATION_ARCH, ARCH_ARM);
	json_object_object_add(layer, "annotations", annotations);
	return layer;
}

static struct json_object *new_labels(const struct bundle *b)
{
	struct json_object *labels = json_object_new_object();
	CLEANUP_FREE char *revision = xasprintf("%" PRIu64, b->revision);

	put(labels, "rehost.bundle.format", "1");
	put(labels, "rehost.bundle.name", b->name);
	put(labels, "rehost.bundle.revision", revision);
	return labels;
}

/* Those of the index: they also tell what a bundle of differences stands on. */
static struct json_object *new_index_labels(const struct bundle *b)
{
	struct json_object *labels = new_labels(b);
	CLEANUP_FREE char *base = xasprintf("sha256:%s", b->base);
	CLEANUP_FREE char *whole = xasprintf("sha256:%s", b->digest);
	CLEANUP_FREE char *revision = xasprintf("%" PRIu64, b->base_revision);

	if (!b->base[0])
		return labels;
	put(labels, "rehost.bundle.base", base);
	put(labels, "rehost.bundle.base.revision", revision);
	put(labels, "rehost.bundle.whole", whole);
	return labels;
}

static void add_deltas(const struct bundle *b, struct bundle_docs *docs,
		       struct json_object *manifests)
{
	struct json_object *layers = json_object_new_array();
	struct json_object *diff_ids = json_object_new_array();

	for (size_t i = 0; i < b->n_files; i++) {
		struct bundle_file delta = { .path = b->files[i].path, .media_type = (char *)MEDIA_DELTA,
					     .size = b->files[i].delta_size };

		if (b->files[i].form != FORM_DELTA)
			continue;
		memcpy(delta.digest, b->files[i].delta, sizeof(delta.digest));
		json_object_array_add(layers, new_file_layer(&delta));
		json_object_array_add(diff_ids, new_diff_id(&delta));
	}
	add_manifest(docs, manifests, BUNDLE_DELTAS_TAG,
		     new_config(json_object_new_object(), diff_ids, ARCH_PC), layers, 0);
}

static void add_files(const struct bundle *b, struct bundle_docs *docs,
		      struct json_object *manifests)
{
	struct json_object *layers = json_object_new_array();
	struct json_object *diff_ids = json_object_new_array();
	size_t blanks = 0;

	for (size_t i = 0; i < b->n_files; i++) {
		blanks += blanks_for(&b->files[i]);
		json_object_array_add(layers, new_file_layer(&b->files[i]));
		json_object_array_add(diff_ids, new_diff_id(&b->files[i]));
	}
	add_manifest(docs, manifests, BUNDLE_TAG, new_config(new_labels(b), diff_ids, ARCH_PC), layers,
		     blanks);
}

/* EVE takes one volume from an artifact: exactly one layer, with role and title, named by a label. */
static void add_disk(const struct bundle_file *f, struct bundle_docs *docs,
		     struct json_object *manifests)
{
	CLEANUP_FREE char *dir = path_dirname(f->path), *guest = path_basename(dir);
	CLEANUP_FREE char *disk = path_stem(f->path, ".qcow2");
	CLEANUP_FREE char *tag = xasprintf("%s-%s", guest, disk);
	CLEANUP_FREE char *title = xasprintf("%s.qcow2", tag), *root = xasprintf("/%s", title);
	struct json_object *layer = new_descriptor(MEDIA_DISK, f->digest, f->size);
	struct json_object *annotations = json_object_new_object();
	struct json_object *layers = json_object_new_array();
	struct json_object *diff_ids = json_object_new_array();
	struct json_object *labels = json_object_new_object();

	put(annotations, "org.lfedge.eci.mediaType", MEDIA_DISK);
	put(annotations, "org.lfedge.eci.role", "disk-root");
	put(annotations, "org.opencontainers.image.title", title);
	json_object_object_add(layer, "annotations", annotations);
	json_object_array_add(layers, layer);
	json_object_array_add(diff_ids, new_diff_id(f));
	put(labels, "org.lfedge.eci.artifact.root", root);
	add_manifest(docs, manifests, tag, new_config(labels, diff_ids, f->arm ? ARCH_ARM : ARCH_PC), layers,
		     blanks_for(f));
}

void bundle_docs_artifact(const struct bundle_file *disk, char ret[DIGEST_HEX_SIZE])
{
	struct bundle_docs docs CLEANUP_BUNDLE_DOCS = BUNDLE_DOCS_INIT;
	struct json_object *manifests = json_object_new_array();

	add_disk(disk, &docs, manifests);
	memcpy(ret, docs.blobs[docs.n_blobs - 1].digest, DIGEST_HEX_SIZE);
	json_object_put(manifests);
}

void bundle_docs_build(const struct bundle *b, struct bundle_docs *ret)
{
	struct bundle_docs docs = BUNDLE_DOCS_INIT;
	struct json_object *index = new_document(MEDIA_INDEX);
	struct json_object *manifests = json_object_new_array();

	add_files(b, &docs, manifests);
	for (size_t i = 0; i < b->n_files; i++)
		if (strcmp(b->files[i].media_type, MEDIA_DISK) == 0)
			add_disk(&b->files[i], &docs, manifests);
	if (b->base[0])
		add_deltas(b, &docs, manifests);
	json_object_object_add(index, "manifests", manifests);
	json_object_object_add(index, "annotations", new_index_labels(b));
	docs.index = to_doc(index, 0);
	*ret = docs;
}

void bundle_docs_clear(struct bundle_docs *docs)
{
	for (size_t i = 0; i < docs->n_blobs; i++)
		free(docs->blobs[i].text);
	free(docs->blobs);
	free(docs->index.text);
	*docs = (struct bundle_docs)BUNDLE_DOCS_INIT;
}
