// SPDX-License-Identifier: GPL-2.0-or-later
/* Bundles: the documents of the OCI image layout, read with a bound on everything. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/json.h"
#include "lib/base/size.h"
#include "lib/bundle_docs.h"

enum { DEPTH_MAX = 8 };

static int bad(const char *what, struct error *err)
{
	return error_set(err, ERR_FORMAT, "the bundle's lists are wrong: %s", what);
}

static struct json_object *parse_document(const char *text, size_t len, size_t max,
					  struct error *err)
{
	struct json_object *object;

	if (len > max) {
		bad("one is too large", err);
		return NULL;
	}
	object = json_read(text, len, DEPTH_MAX, NULL);
	if (!object)
		bad("one is not JSON", err);
	return object;
}

static int get_digest(struct json_object *object, const char *key, char ret[DIGEST_HEX_SIZE],
		      struct error *err)
{
	const char *text = json_get_text(object, key);
	uint8_t sum[DIGEST_SIZE];

	if (!text || strncmp(text, "sha256:", 7) != 0)
		return bad("a digest is missing", err);
	if (digest_from_hex(text + 7, sum, err) < 0)
		return -1;
	digest_to_hex(sum, ret);
	return 0;
}

static int get_size(struct json_object *object, uint64_t *ret, struct error *err)
{
	struct json_object *value = NULL;
	int64_t size;

	if (!json_object_object_get_ex(object, "size", &value) ||
	    !json_object_is_type(value, json_type_int))
		return bad("a size is missing", err);
	size = json_object_get_int64(value);
	if (size < 0 || size == INT64_MAX)
		return bad("a size is out of range", err);
	*ret = (uint64_t)size;
	return 0;
}

static int add_descriptor(struct json_object *object, const char *title_key,
			  struct bundle_descriptors *ret, struct error *err)
{
	struct bundle_descriptor d = { .media_type = NULL };
	struct json_object *annotations;
	const char *type, *title, *executable, *architecture;

	if (!object || !json_object_is_type(object, json_type_object))
		return bad("an entry is no object", err);
	annotations = json_get_object(object, "annotations");
	type = json_get_text(object, "mediaType");
	title = json_get_text(annotations, title_key);
	executable = json_get_text(annotations, "rehost.executable");
	architecture = json_get_text(annotations, ANNOTATION_ARCH);
	if (!type)
		return bad("a media type is missing", err);
	if (get_digest(object, "digest", d.digest, err) < 0 || get_size(object, &d.size, err) < 0)
		return -1;
	d.media_type = xstrdup(type);
	d.title = title ? xstrdup(title) : NULL;
	d.executable = executable && strcmp(executable, "yes") == 0;
	d.arm = architecture && strcmp(architecture, ARCH_ARM) == 0;
	*APPEND(ret->list, ret->n) = d;
	return 0;
}

static int add_list(struct json_object *list, const char *title_key,
		    struct bundle_descriptors *ret, struct error *err)
{
	if (!list)
		return bad("one has no entries", err);
	if (json_object_array_length(list) > BUNDLE_FILES_MAX)
		return bad("one has too many entries", err);
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (add_descriptor(json_object_array_get_idx(list, i), title_key, ret, err) < 0)
			return -1;
	return 0;
}

/* A bundle of differences says what it stands on, and what both together are. */
static int get_base(struct json_object *labels, struct bundle *b, struct error *err)
{
	const char *revision = json_get_text(labels, "rehost.bundle.base.revision");

	if (!json_get_text(labels, "rehost.bundle.base"))
		return 0;
	if (!revision ||
	    parse_u64(revision, 1, BUNDLE_REVISION_MAX, &b->base_revision, err) < 0)
		return revision ? -1 : bad("the base has no revision", err);
	if (get_digest(labels, "rehost.bundle.base", b->base, err) < 0)
		return -1;
	return get_digest(labels, "rehost.bundle.whole", b->digest, err);
}

static int get_identity(struct json_object *index, struct bundle *b, struct error *err)
{
	struct json_object *labels = json_get_object(index, "annotations");
	const char *format = json_get_text(labels, "rehost.bundle.format");
	const char *name = json_get_text(labels, "rehost.bundle.name");
	const char *revision = json_get_text(labels, "rehost.bundle.revision");

	if (!format || !name || !revision || !*name) {
		error_set(err, ERR_FORMAT, "it is an OCI archive, but not a bundle");
		return error_hint(err, "give the NAME" BUNDLE_SUFFIX " that 'rehost bundle' made");
	}
	if (strcmp(format, "1") != 0) {
		error_set(err, ERR_UNSUPPORTED, "it is a bundle of format '%s'", format);
		return error_hint(err, "this rehost reads format 1: use a newer one");
	}
	if (parse_u64(revision, 1, BUNDLE_REVISION_MAX, &b->revision, err) < 0)
		return -1;
	free(b->name);
	b->name = xstrdup(name);
	return get_base(labels, b, err);
}

int bundle_index_parse(const char *text, size_t len, struct bundle *b,
		       struct bundle_descriptors *ret, struct error *err)
{
	struct json_object *index CLEANUP_JSON = parse_document(text, len, BUNDLE_INDEX_MAX, err);
	uint8_t sum[DIGEST_SIZE];

	digest_of(text, len, sum);
	digest_to_hex(sum, b->digest);
	if (!index || get_identity(index, b, err) < 0)
		return -1;
	return add_list(json_get_array(index, "manifests"), "org.opencontainers.image.ref.name", ret,
			err);
}

int bundle_manifest_parse(const char *text, size_t len, struct bundle_descriptors *ret,
			  struct error *err)
{
	static const char title[] = "org.opencontainers.image.title";
	struct json_object *manifest CLEANUP_JSON =
		parse_document(text, len, BUNDLE_MANIFEST_MAX, err);

	if (!manifest || add_descriptor(json_get_object(manifest, "config"), title, ret, err) < 0)
		return -1;
	return add_list(json_get_array(manifest, "layers"), title, ret, err);
}

void bundle_descriptors_clear(struct bundle_descriptors *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->list[i].media_type);
		free(d->list[i].title);
	}
	free(d->list);
	*d = (struct bundle_descriptors)BUNDLE_DESCRIPTORS_INIT;
}
