// SPDX-License-Identifier: GPL-2.0-or-later
/* Artifacts: the rules by which EVE finds one disk in them. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/artifact.h"
#include "lib/base/alloc.h"
#include "lib/base/json.h"

#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define CONFIG_TYPE "application/vnd.oci.image.config.v1+json"

enum { DEPTH_MAX = 16, LAYERS_MAX = 1000 };

/* Each rule with what to do; a finding is "[rule] what is the matter". */
struct checking {
	const char *name;
	struct report *report;
};

static void broken(const struct checking *c, const char *rule, const char *remedy, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

static void broken(const struct checking *c, const char *rule, const char *remedy, const char *fmt, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	report_remedy(report_add(c->report, FINDING_ERROR, c->name, "[%s] %s", rule, text), "%s", remedy);
}

static const char *text_of(struct json_object *o, const char *key)
{
	const char *text = json_get_text(o, key);

	return text ? text : "";
}

static bool get_digest(struct json_object *o, const char *key, char ret[DIGEST_HEX_SIZE])
{
	const char *text = text_of(o, key);
	uint8_t sum[DIGEST_SIZE];

	if (strncmp(text, "sha256:", 7) != 0 || digest_from_hex(text + 7, sum, NULL) < 0)
		return false;
	digest_to_hex(sum, ret);
	return true;
}

static void check_type(const struct checking *c, const char *type, struct artifact *ret)
{
	static const char *const formats[] = { "raw",	"vhd",	 "vmdk", "iso",
					       "qcow",	"qcow2", "ova",	 "vhdx" };
	const char *format = type + strlen(ARTIFACT_LAYER_PREFIX);

	for (size_t i = 0; strncmp(type, ARTIFACT_LAYER_PREFIX, strlen(ARTIFACT_LAYER_PREFIX)) == 0 &&
			   i < ARRAY_SIZE(formats); i++)
		if (strcmp(format, formats[i]) == 0) {
			snprintf(ret->format, sizeof(ret->format), "%s", format);
			return;
		}
	broken(c, "layer-type", "give the layer the type " ARTIFACT_LAYER_PREFIX "qcow2",
	       "the layer's type is '%s': the disk becomes empty, without an error", type);
}

/* The annotations by which the puller knows which layer is the disk. */
static void check_annotations(const struct checking *c, struct json_object *layer)
{
	struct json_object *a = json_get_object(layer, "annotations");
	const char *role = text_of(a, "org.lfedge.eci.role"), *type = text_of(layer, "mediaType");

	if (!a || json_object_object_length(a) == 0) {
		broken(c, "annotations", "annotate it with role disk-root and a title",
		       "the layer has no annotations: the disk becomes empty, without an error");
		return;
	}
	if (strcmp(role, "disk-root") != 0)
		broken(c, "role", "org.lfedge.eci.role is disk-root for every disk",
		       "the layer's role is '%s': the disk becomes empty, without an error", role);
	if (!*text_of(a, "org.opencontainers.image.title"))
		broken(c, "title", "give it the name of the image's file",
		       "the layer has no title, by which the disk is found");
	if (strcmp(text_of(a, "org.lfedge.eci.mediaType"), type) != 0)
		broken(c, "annotated-type", "write the type of the layer there, too",
		       "org.lfedge.eci.mediaType is not the layer's type");
}

/* Anything before the disk takes its place, anything behind it is lost. */
static struct json_object *check_layers(const struct checking *c, struct json_object *layers)
{
	size_t n = layers ? json_object_array_length(layers) : 0;
	struct json_object *first = n ? json_object_array_get_idx(layers, 0) : NULL;
	const char *role;

	if (!n || n > LAYERS_MAX) {
		broken(c, "layers", "one layer, the disk", "it has %s layers", n ? "too many" : "no");
		return NULL;
	}
	role = text_of(json_get_object(first, "annotations"), "org.lfedge.eci.role");
	if (n > 1 && *role && strcmp(role, "disk-root") != 0)
		broken(c, "layer-first", "make an artifact of the disk alone",
		       "a layer of role '%s' comes before the disk: on ZFS it becomes the disk", role);
	else if (n > 1)
		broken(c, "layers", "make an artifact for each disk",
		       "it has %zu layers: all behind the first are lost", n);
	return first;
}

static void check_config_text(const struct checking *c, const char *text, size_t len,
			      const char *title, const struct artifact *a)
{
	struct json_object *config CLEANUP_JSON = json_read(text, len, DEPTH_MAX, NULL), *ids;
	const char *root = text_of(json_get_object(json_get_object(config, "config"), "Labels"),
				   "org.lfedge.eci.artifact.root");
	CLEANUP_FREE char *expected = xasprintf("/%s", title), *id = xasprintf("sha256:%s", a->layer);
	char hex[DIGEST_HEX_SIZE];
	uint8_t sum[DIGEST_SIZE];

	digest_of(text, len, sum);
	digest_to_hex(sum, hex);
	if (!config || strcmp(hex, a->config) != 0) {
		broken(c, "config", "make the artifact anew",
		       config ? "the configuration is another one than the manifest names" :
				"the configuration is not JSON");
		return;
	}
	if (strcmp(root, expected) != 0)
		broken(c, "label", "org.lfedge.eci.artifact.root is a slash and the title",
		       "the label of the disk is '%s', the layer's title '%s'", root, title);
	ids = json_get_array(json_get_object(config, "rootfs"), "diff_ids");
	if (!ids || json_object_array_length(ids) != 1 ||
	    !json_object_is_type(json_object_array_get_idx(ids, 0), json_type_string) ||
	    strcmp(json_object_get_string(json_object_array_get_idx(ids, 0)), id) != 0)
		broken(c, "diff-id", "the digest of the layer, as it is not compressed",
		       "rootfs.diff_ids is not the layer's digest: on ZFS the wrong blob becomes the disk");
}

static bool check_manifest(const struct checking *c, struct json_object *manifest, struct artifact *ret,
			   const char **ret_title)
{
	struct json_object *config = json_get_object(manifest, "config"), *layer;
	const char *type = text_of(config, "mediaType"), *own = text_of(manifest, "mediaType");
	struct json_object *size = NULL;

	if (*own && strcmp(own, MANIFEST_TYPE) != 0)
		broken(c, "manifest-type", "push an OCI manifest", "it is of type '%s'", own);
	if (strcmp(type, CONFIG_TYPE) != 0)
		broken(c, "config-type", "use " CONFIG_TYPE,
		       "the configuration's type is '%s': on ZFS the disk is not found", type);
	layer = check_layers(c, json_get_array(manifest, "layers"));
	if (!layer)
		return false;
	check_type(c, text_of(layer, "mediaType"), ret);
	check_annotations(c, layer);
	*ret_title = text_of(json_get_object(layer, "annotations"), "org.opencontainers.image.title");
	if (!get_digest(config, "digest", ret->config) || !get_digest(layer, "digest", ret->layer) ||
	    !json_object_object_get_ex(layer, "size", &size) ||
	    !json_object_is_type(size, json_type_int) || json_object_get_int64(size) < 0) {
		broken(c, "digest", "make the artifact anew", "it does not name its blobs");
		return false;
	}
	ret->layer_size = (uint64_t)json_object_get_int64(size);
	return true;
}

bool artifact_check(const char *name, const char *manifest, size_t len, const char *config,
		    size_t config_len, struct artifact *ret, struct report *report)
{
	const struct checking c = { name, report };
	struct json_object *o CLEANUP_JSON = json_read(manifest, len, DEPTH_MAX, NULL);
	const char *title = "";

	*ret = (struct artifact){ .layer_size = 0 };
	if (!o) {
		broken(&c, "manifest", "push an OCI manifest", "it is not JSON");
		return false;
	}
	if (!check_manifest(&c, o, ret, &title))
		return false;
	if (config)
		check_config_text(&c, config, config_len, title, ret);
	return true;
}

/* By the first bytes; what has none of these is raw, or an ISO image. */
static const char *format_of(const uint8_t *head, size_t len)
{
	static const struct {
		const char *magic;
		size_t len;
		const char *format;
	} known[] = {
		{ "QFI\xfb\0\0\0\1", 8, "qcow" }, { "QFI\xfb", 4, "qcow2" }, { "KDMV", 4, "vmdk" },
		{ "# Disk DescriptorFile", 21, "vmdk" }, { "vhdxfile", 8, "vhdx" },
		{ "conectix", 8, "vhd" }, { "\x1f\x8b", 2, "gzip" }, { "\x28\xb5\x2f\xfd", 4, "zstd" },
		{ "\xfd" "7zXZ", 5, "xz" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (len >= known[i].len && memcmp(head, known[i].magic, known[i].len) == 0)
			return known[i].format;
	return "raw";
}

void artifact_check_head(const char *name, const char *format, const uint8_t *head, size_t len,
			 struct report *report)
{
	const struct checking c = { name, report };
	const char *found = format_of(head, len);

	if (strcmp(found, "gzip") == 0 || strcmp(found, "zstd") == 0 || strcmp(found, "xz") == 0)
		broken(&c, "compressed", "put the image there as it is", "the layer is compressed with %s",
		       found);
	/* a fixed VHD and an OVA archive begin as anything may */
	else if (strcmp(found, format) != 0 &&
		 !(strcmp(found, "raw") == 0 && (strcmp(format, "iso") == 0 || strcmp(format, "vhd") == 0 ||
						 strcmp(format, "ova") == 0)))
		broken(&c, "format", "name the format that the image has",
		       "the layer's type says %s, and the image is %s", format, found);
}

int artifact_refuse(const struct report *report, struct error *err)
{
	const struct finding *f = report_first_error(report);

	if (!f)
		return 0;
	error_set(err, ERR_REFUSED, "%s: %s", f->subject ? f->subject : "artifact", f->text);
	return f->remedy ? error_hint(err, "%s", f->remedy) : -1;
}
