// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost bundle push: the disks of a bundle into a registry, in the form in which EVE takes them. */
#include "config.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cmd/bundle.h"
#include "lib/artifact.h"
#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/registry.h"
#include "lib/target/eve_image.h"

#define STATE_SUFFIX ".push"
#define CONFIG_PATH BUNDLE_TARGETS "/eve/config.json"

enum { CONFIG_MAX = 16 << 20 };

/* One disk on its way. */
struct pushing {
	const struct bundle *b;
	const struct bundle_artifact *artifact;
	const struct bundle_file *disk;
	char *repository;		/* pcs/line4/press4-disk0 */
	struct artifact says;		/* what the artifact says of its blobs */
};

/* "press4-disk0" */
static int name_disk(struct pushing *p, const char *path, struct error *err)
{
	const char *tag = p->artifact->tag, *dash = strrchr(tag, '-');
	CLEANUP_FREE char *guest = dash ? xstrndup(tag, (size_t)(dash - tag)) : NULL, *image = NULL;
	uint64_t number = 0;

	if (!dash || strncmp(dash, "-disk", 5) != 0 || parse_u64(dash + 5, 0, UINT32_MAX, &number, NULL) < 0)
		return error_set(err, ERR_FORMAT, "'%s': '%s' is no disk of a guest", p->b->path, tag);
	image = eve_image_name(p->b->name, guest, number);
	p->repository = *path ? xasprintf("%s/%s", path, image) : xstrdup(image);
	return 0;
}

/* The blob lies in the archive: not in a bundle of differences. */
static int find_disk(struct pushing *p, struct error *err)
{
	for (size_t i = 0; i < p->b->n_files && !p->disk; i++)
		if (strcmp(p->b->files[i].digest, p->says.layer) == 0)
			p->disk = &p->b->files[i];
	if (!p->disk || p->disk->form != FORM_WHOLE) {
		error_set(err, ERR_REFUSED, "'%s' has only the differences of '%s'", p->b->path,
			  p->artifact->tag);
		return error_hint(err, "push the whole bundle");
	}
	return 0;
}

/* Every rule of artifacts, before a byte is sent. */
static int check(struct pushing *p, struct error *err)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;
	const struct bundle_artifact *a = p->artifact;
	uint8_t head[ARTIFACT_HEAD] = { 0 };
	size_t len;

	artifact_check(a->tag, a->manifest, a->manifest_len, a->config, a->config_len, &p->says, &report);
	if (artifact_refuse(&report, err) < 0 || find_disk(p, err) < 0)
		return -1;
	len = (size_t)MIN(p->disk->size, (uint64_t)ARTIFACT_HEAD);
	if (bundle_read_at(p->b, p->disk->offset, head, len, err) < 0)
		return -1;
	artifact_check_head(a->tag, p->says.format, head, len, &report);
	return artifact_refuse(&report, err);
}

/* And what the registry gives to EVE. */
static int check_again(struct registry *r, const struct pushing *p, const char *tag, struct error *err)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;
	CLEANUP_FREE char *manifest = NULL, *config = NULL;
	size_t len = 0, config_len = 0;
	struct artifact says;

	if (registry_manifest(r, p->repository, tag, &manifest, &len, err) < 0 ||
	    registry_blob_text(r, p->repository, p->says.config, &config, &config_len, err) < 0)
		return -1;
	artifact_check(p->repository, manifest, len, config, config_len, &says, &report);
	return artifact_refuse(&report, err);
}

static int read_disk(void *arg, uint64_t offset, void *ret, size_t len, struct error *err)
{
	const struct pushing *p = arg;

	return bundle_read_at(p->b, p->disk->offset + offset, ret, len, err);
}

static int push_disk(struct registry *r, struct pushing *p, const char *tag, struct registry_push *how,
		     struct error *err)
{
	struct registry_artifact a = {
		p->artifact->manifest, p->artifact->config, p->artifact->manifest_len,
		p->artifact->config_len, { .size = p->disk->size, .read = read_disk, .arg = p },
	};

	memcpy(a.layer.digest, p->disk->digest, sizeof(a.layer.digest));
	if (registry_push(r, p->repository, tag, &a, how, err) < 0)
		return -1;
	return check_again(r, p, tag, err);
}

/* The tag under which the configuration in the bundle looks for the images; NULL: it has none */
static char *tag_in(const char *text)
{
	struct json_object *config = json_tokener_parse(text), *list = NULL, *url = NULL;
	const char *colon = NULL;
	char *tag = NULL;

	if (config && json_object_object_get_ex(config, "contentInfo", &list) &&
	    json_object_is_type(list, json_type_array) && json_object_array_length(list) &&
	    json_object_object_get_ex(json_object_array_get_idx(list, 0), "URL", &url))
		colon = strrchr(json_object_get_string(url), ':');
	if (colon)
		tag = xstrdup(colon + 1);
	json_object_put(config);
	return tag;
}

static int choose_tag(const struct bundle *b, char **ret, struct error *err)
{
	struct error absent CLEANUP_ERROR = ERROR_INIT;
	const struct bundle_file *f = bundle_find(b, CONFIG_PATH, &absent);
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;

	if (f && f->form == FORM_WHOLE && bundle_read_text(b, f, CONFIG_MAX, &text, &len, err) < 0)
		return -1;
	*ret = text ? tag_in(text) : NULL;
	if (!*ret)
		*ret = xstrdup("1");
	return 0;
}

static void clear_all(struct pushing **list)
{
	free(*list);
}

static int push_all(const struct bundle *b, struct registry *r, const char *path, const char *tag,
		    struct registry_push *how, bool quiet, struct error *err)
{
	struct pushing *all __attribute__((cleanup(clear_all))) = xcalloc(b->n_artifacts + 1, sizeof(*all));
	int rc = 0;

	for (size_t i = 0; i < b->n_artifacts && rc == 0; i++) {
		all[i].b = b;
		all[i].artifact = &b->artifacts[i];
		if (check(&all[i], err) < 0 || name_disk(&all[i], path, err) < 0)
			rc = -1;
	}
	for (size_t i = 0; i < b->n_artifacts && rc == 0; i++) {
		rc = push_disk(r, &all[i], tag, how, err);
		if (rc == 0 && !quiet)
			printf("pushed %s:%s\n", all[i].repository, tag);
	}
	for (size_t i = 0; i < b->n_artifacts; i++)
		free(all[i].repository);
	return rc;
}

static int check_registry(const char *address, struct error *err)
{
	if (eve_datastore_type(address) == EVE_STORE_REGISTRY)
		return 0;
	error_set(err, ERR_USAGE, "'%s' is no registry", address);
	return error_hint(err, "write docker://HOST:PORT/PATH");
}

int bundle_request_push(struct bundle_request *r, const struct bundle *b, struct error *err)
{
	const struct registry_options options = { { r->ca, r->insecure != 0 }, r->auth_file };
	struct registry registry CLEANUP_REGISTRY = REGISTRY_INIT;
	CLEANUP_FREE char *host = NULL, *path = NULL, *tag = NULL, *state = xasprintf("%s" STATE_SUFFIX, b->path);
	struct registry_push how = { .state = state, .replace = r->replace != 0,
				     .progress = &r->progress };

	if (check_registry(r->push, err) < 0)
		return -1;
	if (b->n_artifacts == 0)
		return error_set(err, ERR_NOT_FOUND, "'%s' has no disks", b->path);
	eve_datastore_split(r->push, &host, &path);
	if (choose_tag(b, &tag, err) < 0 || registry_open(&registry, host, &options, err) < 0)
		return -1;
	if (push_all(b, &registry, path, tag, &how, r->json != 0, err) < 0)
		return interrupted() ? error_hint(err, "the same command goes on where it broke off") : -1;
	if (!r->json)
		printf("sent %" PRIu64 " bytes to %s\n", how.sent, r->push);
	return 0;
}

int bundle_action_push(struct bundle_request *r, struct error *err)
{
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;

	if (!r->push) {
		error_set(err, ERR_USAGE, "bundle push: where to? --push is missing");
		return error_hint(err, "name a registry: docker://HOST:PORT/PATH");
	}
	if (bundle_request_open(r, r->args.v[0], &b, err) < 0 ||
	    bundle_check_trust(&b, r->allow_unsigned, err) < 0 || bundle_verify(&b, &r->progress, err) < 0 ||
	    bundle_request_push(r, &b, err) < 0)
		return -1;
	if (r->json)
		print_bundle_json(&b, NULL);
	return 0;
}
