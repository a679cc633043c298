// SPDX-License-Identifier: GPL-2.0-or-later
/* Registries: finding one, and putting an artifact there. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/registry_private.h"

#define MEDIA_TYPE "application/vnd.oci.image.manifest.v1+json"

enum { ENTRIES = 4 };	/* times that the right to come in is asked for, for one request */

int registry_do(struct registry *r, const char *url, struct http_request *request,
		struct http_answer *ret, struct error *err)
{
	CLEANUP_FREE char *absolute = *url == '/' ? xasprintf("%s%s", r->base, url) : xstrdup(url);
	bool own = http_same_origin(absolute, r->base);

	request->url = absolute;
	for (int i = 0;; i++) {
		struct strv headers CLEANUP_STRV = STRV_INIT;
		const struct strv *given = request->headers;
		int rc;

		for (size_t k = 0; given && k < given->n; k++)
			strv_add(&headers, given->v[k]);
		/* another host is not told who we are */
		if (r->token && own)
			strv_addf(&headers, "Authorization: %s", r->token);
		request->headers = &headers;
		http_answer_clear(ret);
		rc = http_do(&r->http, request, ret, err);
		request->headers = given;
		if (rc < 0 || ret->status != 401 || !own || i == ENTRIES)
			return rc;
		if (registry_authorize(r, ret, err) < 0)
			return -1;
	}
}

/* Does anybody speak the protocol there? */
static int greet(struct registry *r, struct error *err)
{
	struct http_answer answer CLEANUP_HTTP_ANSWER = HTTP_ANSWER_INIT;
	struct http_request request = { .method = "GET" };

	if (registry_do(r, "/v2/", &request, &answer, err) < 0)
		return -1;
	if (answer.status != 200)
		return http_refused(&answer, err, "'%s' is no registry", r->base);
	return 0;
}

int registry_open(struct registry *ret, const char *address, const struct registry_options *options,
		  struct error *err)
{
	struct registry r CLEANUP_REGISTRY = REGISTRY_INIT;
	struct error first CLEANUP_ERROR = ERROR_INIT;
	const char *host = strstr(address, "://");

	host = host ? host + 3 : address;
	r.base = xasprintf("https://%s", host);
	if (http_open(&r.http, &options->trust, err) < 0 ||
	    registry_credentials(&r, host, options->auth_file, err) < 0)
		return -1;
	if (greet(&r, &first) < 0) {
		if (!options->trust.insecure || first.code != ERR_SYSTEM)
			return error_move(err, &first);
		free(r.base);
		r.base = xasprintf("http://%s", host);
		if (greet(&r, err) < 0)
			return -1;
	}
	*ret = r;
	r = (struct registry)REGISTRY_INIT;
	return 0;
}

void registry_clear(struct registry *r)
{
	http_clear(&r->http);
	free(r->base);
	free(r->user);
	free(r->password);
	free(r->token);
	*r = (struct registry)REGISTRY_INIT;
}

/* 1: the registry has it, of that size */
static int has_blob(struct registry *r, const char *repository, const struct registry_blob *blob,
		    struct error *err)
{
	struct http_answer answer CLEANUP_HTTP_ANSWER = HTTP_ANSWER_INIT;
	struct http_request request = { .method = "HEAD" };
	CLEANUP_FREE char *path = xasprintf("/v2/%s/blobs/sha256:%s", repository, blob->digest);
	const char *length;
	uint64_t size = 0;

	if (registry_do(r, path, &request, &answer, err) < 0)
		return -1;
	if (answer.status == 404)
		return 0;
	if (answer.status != 200 && answer.status != 307)
		return http_refused(&answer, err, "look for sha256:%s", blob->digest);
	length = http_header(&answer, "Content-Length");
	if (answer.status == 200 && length && parse_u64(length, 0, UINT64_MAX, &size, NULL) == 0 &&
	    size != blob->size)
		return error_set(err, ERR_INTEGRITY, "'%s' has sha256:%s with %" PRIu64 " bytes instead of "
				 "%" PRIu64, r->base, blob->digest, size, blob->size);
	return 1;
}

static int put_blob(struct registry *r, const char *repository, const struct registry_blob *blob,
		    struct registry_push *how, struct error *err)
{
	int there = has_blob(r, repository, blob, err);

	if (there)
		return MIN(there, 0);
	if (registry_upload(r, repository, blob, how, err) < 0)
		return -1;
	there = has_blob(r, repository, blob, err);
	if (there == 0)
		return error_set(err, ERR_INTEGRITY, "'%s' took sha256:%s and does not have it", r->base,
				 blob->digest);
	return MIN(there, 0);
}

static int read_text(void *arg, uint64_t offset, void *ret, size_t len, struct error *err)
{
	(void)err;
	memcpy(ret, (const char *)arg + offset, len);
	return 0;
}

int registry_manifest(struct registry *r, const char *repository, const char *tag, char **ret,
		      size_t *ret_len, struct error *err)
{
	struct http_answer answer CLEANUP_HTTP_ANSWER = HTTP_ANSWER_INIT;
	struct strv headers CLEANUP_STRV = STRV_INIT;
	struct http_request request = { .method = "GET", .headers = &headers };
	CLEANUP_FREE char *path = xasprintf("/v2/%s/manifests/%s", repository, tag);

	strv_add(&headers, "Accept: " MEDIA_TYPE);
	if (registry_do(r, path, &request, &answer, err) < 0)
		return -1;
	if (answer.status != 200)
		return http_refused(&answer, err, "read %s:%s", repository, tag);
	if (answer.len > REGISTRY_MANIFEST_MAX)
		return error_set(err, ERR_REFUSED, "the manifest of %s:%s is too large", repository, tag);
	*ret = STEAL(answer.body);
	*ret_len = answer.len;
	return 0;
}

int registry_blob_text(struct registry *r, const char *repository, const char *digest, char **ret,
		       size_t *ret_len, struct error *err)
{
	struct http_answer answer CLEANUP_HTTP_ANSWER = HTTP_ANSWER_INIT;
	struct http_request request = { .method = "GET" };
	CLEANUP_FREE char *path = xasprintf("/v2/%s/blobs/sha256:%s", repository, digest);
	CLEANUP_FREE char *elsewhere = NULL;
	uint8_t sum[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	if (registry_do(r, path, &request, &answer, err) < 0)
		return -1;
	/* large registries keep their blobs with somebody else */
	if (answer.status == 307 && http_header(&answer, "Location")) {
		elsewhere = xstrdup(http_header(&answer, "Location"));
		if (registry_do(r, elsewhere, &request, &answer, err) < 0)
			return -1;
	}
	if (answer.status != 200)
		return http_refused(&answer, err, "read sha256:%s of %s", digest, repository);
	digest_of(answer.body, answer.len, sum);
	digest_to_hex(sum, hex);
	if (strcmp(hex, digest) != 0)
		return error_set(err, ERR_INTEGRITY, "'%s' gives something else for sha256:%s", r->base,
				 digest);
	*ret = STEAL(answer.body);
	*ret_len = answer.len;
	return 0;
}

/* 1: the tag names this very manifest, 0: nothing */
static int tag_names(struct registry *r, const char *repository, const char *tag,
		     const struct registry_artifact *a, bool replace, struct error *err)
{
	struct error why CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;

	if (registry_manifest(r, repository, tag, &text, &len, &why) < 0)
		return why.code == ERR_NOT_FOUND ? 0 : error_move(err, &why);
	if (len == a->manifest_len && memcmp(text, a->manifest, len) == 0)
		return 1;
	if (replace)
		return 0;
	error_set(err, ERR_EXISTS, "%s:%s is another image already", repository, tag);
	return error_hint(err, "devices may depend on it: give this release a tag of its own with "
			  "--set eve.tag=, or --replace it");
}

static int put_manifest(struct registry *r, const char *repository, const char *tag,
			const struct registry_artifact *a, struct error *err)
{
	struct http_answer answer CLEANUP_HTTP_ANSWER = HTTP_ANSWER_INIT;
	struct strv headers CLEANUP_STRV = STRV_INIT;
	struct http_request request = { .method = "PUT", .headers = &headers, .body = a->manifest,
					.len = a->manifest_len };
	CLEANUP_FREE char *path = xasprintf("/v2/%s/manifests/%s", repository, tag), *back = NULL;
	size_t len = 0;

	strv_add(&headers, "Content-Type: " MEDIA_TYPE);
	if (registry_do(r, path, &request, &answer, err) < 0)
		return -1;
	if (answer.status != 201)
		return http_refused(&answer, err, "write %s:%s", repository, tag);
	if (registry_manifest(r, repository, tag, &back, &len, err) < 0)
		return -1;
	if (len != a->manifest_len || memcmp(back, a->manifest, len) != 0)
		return error_set(err, ERR_INTEGRITY, "'%s' gives something else back for %s:%s", r->base,
				 repository, tag);
	return 0;
}

int registry_push(struct registry *r, const char *repository, const char *tag,
		  const struct registry_artifact *a, struct registry_push *how, struct error *err)
{
	CLEANUP_FREE char *phase = xasprintf("push %s:%s", repository, tag);
	struct registry_blob config = { .size = a->config_len, .read = read_text,
					.arg = (void *)(uintptr_t)a->config };
	uint8_t sum[DIGEST_SIZE];
	int there = tag_names(r, repository, tag, a, how->replace, err);

	if (there < 0)
		return -1;
	digest_of(a->config, a->config_len, sum);
	digest_to_hex(sum, config.digest);
	progress_begin(how->progress, phase, a->layer.size);
	if (put_blob(r, repository, &a->layer, how, err) < 0 ||
	    put_blob(r, repository, &config, how, err) < 0 ||
	    (!there && put_manifest(r, repository, tag, a, err) < 0))
		return error_wrap(err, "push %s:%s", repository, tag);
	progress_end(how->progress);
	return 0;
}
