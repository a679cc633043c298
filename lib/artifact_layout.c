// SPDX-License-Identifier: GPL-2.0-or-later
/* Artifacts in an OCI image layout on disk: each is judged, and its blobs are read. */
#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "lib/artifact.h"
#include "lib/base/alloc.h"
#include "lib/base/json.h"
#include "lib/base/path.h"

enum { INDEX_MAX = 4 << 20, DEPTH_MAX = 16 };

static char *blob_path(const char *dir, const char *digest)
{
	return xasprintf("%s/blobs/sha256/%s", dir, digest);
}

static int read_head(const char *path, uint8_t head[ARTIFACT_HEAD], size_t *ret)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, head, ARTIFACT_HEAD);

	*ret = got < 0 ? 0 : (size_t)got;
	return got < 0 ? -1 : 0;
}

static int check_layer(const char *dir, const char *name, const struct artifact *a,
		       struct report *report, struct error *err)
{
	CLEANUP_FREE char *path = blob_path(dir, a->layer);
	uint8_t head[ARTIFACT_HEAD];
	char found[DIGEST_HEX_SIZE];
	uint64_t size = 0;
	size_t len = 0;

	if (!path_exists(path) || read_head(path, head, &len) < 0) {
		report_add(report, FINDING_ERROR, name, "[blob] the disk is not there: sha256:%s", a->layer);
		return 0;
	}
	if (digest_file(path, found, &size, err) < 0)
		return -1;
	if (strcmp(found, a->layer) != 0 || size != a->layer_size)
		report_add(report, FINDING_ERROR, name, "[blob] the disk is not the one that is named");
	if (*a->format)
		artifact_check_head(name, a->format, head, len, report);
	return 0;
}

static int check_one(const char *dir, const char *name, const char *digest, struct report *report,
		     struct error *err)
{
	CLEANUP_FREE char *path = blob_path(dir, digest), *text = NULL, *config_path = NULL, *config = NULL;
	struct report unused CLEANUP_REPORT = REPORT_INIT;
	char found[DIGEST_HEX_SIZE];
	uint8_t sum[DIGEST_SIZE];
	struct artifact a;
	size_t len = 0, config_len = 0;

	if (file_read(path, INDEX_MAX, &text, &len, err) < 0)
		return -1;
	digest_of(text, len, sum);
	digest_to_hex(sum, found);
	if (strcmp(found, digest) != 0)
		report_add(report, FINDING_ERROR, name, "[manifest] it is not the one that the index names");
	if (!artifact_check(name, text, len, NULL, 0, &a, &unused)) {
		artifact_check(name, text, len, NULL, 0, &a, report);
		return 0;
	}
	config_path = blob_path(dir, a.config);
	if (file_read(config_path, INDEX_MAX, &config, &config_len, err) < 0)
		return -1;
	artifact_check(name, text, len, config, config_len, &a, report);
	return check_layer(dir, name, &a, report, err);
}

static int check_entry(const char *dir, struct json_object *entry, struct report *report,
		       struct error *err)
{
	const char *name = json_get_text(json_get_object(entry, "annotations"),
					 "org.opencontainers.image.ref.name");
	const char *digest = json_get_text(entry, "digest");
	uint8_t sum[DIGEST_SIZE];

	/* what a bundle has besides disks */
	if (name && (strcmp(name, "bundle") == 0 || strcmp(name, "difference") == 0))
		return 0;
	if (!digest || strncmp(digest, "sha256:", 7) != 0 || digest_from_hex(digest + 7, sum, NULL) < 0)
		return error_set(err, ERR_FORMAT, "'%s': the index names something unknown", dir);
	return check_one(dir, name ? name : digest, digest + 7, report, err);
}

int artifact_layout_check(const char *dir, struct report *report, struct error *err)
{
	CLEANUP_FREE char *path = path_join(dir, "index.json"), *text = NULL;
	struct json_object *index CLEANUP_JSON = NULL, *list;
	size_t len = 0;

	if (file_read(path, INDEX_MAX, &text, &len, err) < 0)
		return -1;
	index = json_read(text, len, DEPTH_MAX, err);
	if (!index)
		return error_wrap(err, "'%s'", path);
	list = json_get_array(index, "manifests");
	if (!list)
		return error_set(err, ERR_FORMAT, "'%s' is no image layout", dir);
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (check_entry(dir, json_object_array_get_idx(list, i), report, err) < 0)
			return -1;
	return 0;
}
