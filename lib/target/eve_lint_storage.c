// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules for EVE's datastores, images and volumes. */
#include "config.h"

#include "lib/target/eve_image.h"
#include "lib/target/eve_lint_private.h"

enum { FORMAT_VHD = 4, FORMAT_OVA = 6, FORMAT_CONTAINER = 8, FORMAT_PVC = 10 };
enum { ORIGIN_BLANK = 1, ORIGIN_DOWNLOAD = 2 };

static void lint_datastore(const struct lint *l, const struct member *m)
{
	uint64_t type = number_of(m->o, "dType");
	const char *fqdn = text_of(m->o, "fqdn");

	if (!*text_of(m->o, "id"))
		lint(l, FINDING_ERROR, m->where, "id", "datastore-id", "give it a UUID",
		     "without it no image can name the datastore");
	if (type == 0 || type > 7)
		lint(l, FINDING_ERROR, m->where, "dType", "datastore-type",
		     "1 http, 2 https, 3 S3, 4 SFTP, 5 registry, 6 Azure, 7 Google",
		     "EVE refuses type %" PRIu64, type);
	else if (type <= EVE_STORE_HTTPS && eve_datastore_type(fqdn) != (enum eve_store)type)
		lint(l, FINDING_ERROR, m->where, "fqdn", "datastore-address",
		     "begin it with http:// or https://, as its type says",
		     "'%s' is no address of a web server", fqdn);
	else if (type == EVE_STORE_REGISTRY && eve_datastore_type(fqdn) != EVE_STORE_REGISTRY)
		lint(l, FINDING_ERROR, m->where, "fqdn", "datastore-address",
		     "begin it with docker:// or oci://", "'%s' is no address of a registry", fqdn);
	else if (type == EVE_STORE_SFTP && (strstr(fqdn, "://") || !strchr(fqdn, ':')))
		lint(l, FINDING_ERROR, m->where, "fqdn", "datastore-address", "write HOST:22",
		     "EVE dials '%s' as it is: a host with its port, and nothing else", fqdn);
	if (type == EVE_STORE_S3 && !*text_of(m->o, "dpath"))
		lint(l, FINDING_ERROR, m->where, "dpath", "datastore-bucket", "write BUCKET or BUCKET/FOLDER",
		     "EVE takes the first part of it for the bucket, whatever fqdn says");
	if (type == EVE_STORE_S3 && !*text_of(m->o, "region"))
		lint(l, FINDING_WARNING, m->where, "region", "datastore-region", "name it, as eu-central-1",
		     "EVE asks S3 of a region, and none is named");
}

static bool is_digest(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdefABCDEF") == 64;
}

/* Looks at each datastore of an image; tells whether one is a registry. */
static bool image_stores(const struct lint *l, const struct member *m, size_t *ret_n)
{
	struct json_object *list = json_object_object_get(m->o, "ds_ids_list");
	size_t more = list ? json_object_array_length(list) : 0;
	bool registry = false;

	*ret_n = 0;
	for (size_t i = 0; i <= more; i++) {
		const char *id = i < more ? json_object_get_string(json_object_array_get_idx(list, i)) :
					    text_of(m->o, "dsId");
		struct json_object *store = lint_find(l->config, "datastores", "id", id);

		/* the list counts if it is there */
		if (i == more && (more || !*id))
			break;
		(*ret_n)++;
		if (!store)
			lint(l, FINDING_ERROR, m->where, i < more ? "ds_ids_list" : "dsId",
			     "image-datastore", "name the id of one of the datastores",
			     "there is no datastore '%s': EVE waits for it for ever", id);
		registry |= store && number_of(store, "dType") == EVE_STORE_REGISTRY;
	}
	return registry;
}

static void lint_image(const struct lint *l, const struct member *m)
{
	size_t n = 0;
	bool registry = image_stores(l, m, &n);
	uint64_t format = number_of(m->o, "iformat");

	if (n == 0)
		lint(l, FINDING_ERROR, m->where, "dsId", "image-datastore",
		     "name the id of one of the datastores", "it has no datastore");
	if (registry && n > 1)
		lint(l, FINDING_ERROR, m->where, "ds_ids_list", "registry-alone",
		     "name one registry only", "EVE refuses a registry beside a second datastore");
	if (!*text_of(m->o, "URL"))
		lint(l, FINDING_ERROR, m->where, "URL", "image-url", "name the file, or NAME:TAG",
		     "it is missing");
	if (format == 0 || format > FORMAT_PVC)
		lint(l, FINDING_ERROR, m->where, "iformat", "image-format",
		     "3 for qcow2, 1 for raw", "EVE does not know format %" PRIu64, format);
	if (format == FORMAT_VHD || format == FORMAT_OVA || format == FORMAT_PVC)
		lint(l, FINDING_ERROR, m->where, "iformat", "image-format",
		     "ship qcow2 (3), raw (1), vmdk (5) or vhdx (7)",
		     "EVE fails when the app starts from format %s",
		     format == FORMAT_VHD ? "VHD" : format == FORMAT_OVA ? "OVA" : "PVC");
	if (*text_of(m->o, "sha256") ? !is_digest(text_of(m->o, "sha256")) : !registry)
		lint(l, FINDING_ERROR, m->where, "sha256", "image-digest",
		     "put the 64 hexadecimal digits of its SHA-256 there",
		     *text_of(m->o, "sha256") ? "it is no SHA-256" :
						"only images of a registry may come without it");
	if (number_of(m->o, "maxSizeBytes") == 0)
		lint(l, FINDING_WARNING, m->where, "maxSizeBytes", "image-size",
		     "put the size of the image there", "it is missing");
}

static void lint_volume(const struct lint *l, const struct member *m)
{
	struct json_object *origin = json_object_object_get(m->o, "origin");
	uint64_t type = origin ? number_of(origin, "type") : 0;

	if (!*text_of(m->o, "uuid"))
		lint(l, FINDING_ERROR, m->where, "uuid", "volume-id", "give it a UUID",
		     "without it no app can name the volume");
	if (type != ORIGIN_BLANK && type != ORIGIN_DOWNLOAD)
		lint(l, FINDING_ERROR, m->where, "origin.type", "volume-origin",
		     "1 for an empty volume, 2 for an image", "EVE does not know origin %" PRIu64, type);
	if (type == ORIGIN_BLANK && number_of(m->o, "maxsizebytes") == 0)
		lint(l, FINDING_ERROR, m->where, "maxsizebytes", "volume-size",
		     "say how large it is to be", "an empty volume without size is never made");
	if (type == ORIGIN_DOWNLOAD &&
	    !lint_find(l->config, "contentInfo", "uuid", text_of(origin, "downloadContentTreeID")))
		lint(l, FINDING_ERROR, m->where, "origin.downloadContentTreeID", "volume-image",
		     "name the uuid of one of contentInfo",
		     "there is no image '%s': EVE waits for it for ever",
		     text_of(origin, "downloadContentTreeID"));
	if (length_of(m->o, "protocols") && type == ORIGIN_DOWNLOAD) {
		struct json_object *image = lint_find(l->config, "contentInfo", "uuid",
						      text_of(origin, "downloadContentTreeID"));

		if (image && number_of(image, "iformat") != FORMAT_CONTAINER)
			lint(l, FINDING_WARNING, m->where, "protocols", "volume-protocol",
			     "leave it out for disks", "9P is for containers only");
	}
}

void lint_storage(const struct lint *l)
{
	struct member m;

	FOR_EACH_MEMBER(m, l->config, "datastores")
		lint_datastore(l, &m);
	FOR_EACH_MEMBER(m, l->config, "contentInfo")
		lint_image(l, &m);
	FOR_EACH_MEMBER(m, l->config, "volumes")
		lint_volume(l, &m);
}
