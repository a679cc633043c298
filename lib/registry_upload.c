// SPDX-License-Identifier: GPL-2.0-or-later
/* Registries: sending a blob in chunks, and going on where it broke off. */
#include "config.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/registry_private.h"

enum {
	CHUNK = 8 << 20,		/* sent at once [bytes]                                  */
	TRIES = 8,			/* without a byte of progress, before it is given up     */
	WAIT_MS = 500,			/* after a failure; doubled each time, to a minute       */
	WAIT_MAX_MS = 60000,
	STATE_MAX = 16384,
};

struct upload {
	struct registry *r;
	const char *repository;
	const struct registry_blob *blob;
	struct registry_push *how;
	char *location;			/* where the next chunk goes; NULL: not begun */
	uint64_t at;			/* first byte that the registry has not [bytes] */
	uint8_t *chunk;
	unsigned int failures;		/* one after the other */
};

static void clear_upload(struct upload *u)
{
	free(u->location);
	free(u->chunk);
}

/* Remembered beside the bundle: "sha256 address". */
static int save(const struct upload *u, struct error *err)
{
	CLEANUP_FREE char *text = NULL;

	if (!u->how->state)
		return 0;
	text = xasprintf("%s %s\n", u->blob->digest, u->location);
	return file_write(u->how->state, text, strlen(text), OUTFILE_REPLACE, err);
}

static void forget(struct upload *u)
{
	if (u->how->state)
		unlink(u->how->state);
	free(u->location);
	u->location = NULL;
	u->at = 0;
}

/* The address that an earlier run was given, if it was for this blob in this repository. */
static void recall(struct upload *u)
{
	CLEANUP_FREE char *text = NULL, *path = xasprintf("/v2/%s/blobs/uploads/", u->repository);
	size_t len;

	if (!u->how->state || file_read(u->how->state, STATE_MAX, &text, &len, NULL) < 0)
		return;
	len = strcspn(text, "\n");
	text[len] = '\0';
	if (len < DIGEST_HEX_SIZE || strncmp(text, u->blob->digest, DIGEST_HEX_SIZE - 1) != 0 ||
	    text[DIGEST_HEX_SIZE - 1] != ' ' || !strstr(text, path) ||
	    !http_same_origin(text + DIGEST_HEX_SIZE, u->r->base))
		return;
	u->location = xstrdup(text + DIGEST_HEX_SIZE);
}

static int take_location(struct upload *u, const struct http_answer *a, struct error *err)
{
	const char *location = http_header(a, "Location");

	if (!location || !*location)
		return error_set(err, ERR_FORMAT, "'%s' does not say where an upload goes", u->r->base);
	free(u->location);
	u->location = *location == '/' ? xasprintf("%s%s", u->r->base, location) : xstrdup(location);
	return 0;
}

/* "0-4095": what the registry has. An upload without a byte is "0-0", or has no such header. */
static uint64_t range_end(const struct http_answer *a, uint64_t size)
{
	const char *range = http_header(a, "Range"), *dash = range ? strchr(range, '-') : NULL;
	uint64_t last = 0;

	if (!dash || parse_u64(dash + 1, 0, size ? size - 1 : 0, &last, NULL) < 0)
		return 0;
	return last ? last + 1 : 0;
}

static int begin(struct upload *u, struct error *err)
{
	struct http_answer answer CLEANUP_HTTP_ANSWER = HTTP_ANSWER_INIT;
	struct http_request request = { .method = "POST" };
	CLEANUP_FREE char *path = xasprintf("/v2/%s/blobs/uploads/", u->repository);

	forget(u);
	if (registry_do(u->r, path, &request, &answer, err) < 0)
		return -1;
	if (answer.status != 202)
		return http_refused(&answer, err, "begin an upload to '%s'", u->repository);
	return take_location(u, &answer, err);
}

/* How far did it get? An upload that the registry has given up is begun again. */
static int go_on(struct upload *u, struct error *err)
{
	struct http_answer answer CLEANUP_HTTP_ANSWER = HTTP_ANSWER_INIT;
	struct http_request request = { .method = "GET" };

	if (registry_do(u->r, u->location, &request, &answer, err) < 0)
		return -1;
	if (answer.status != 204 && answer.status != 202)
		return begin(u, err);
	u->at = range_end(&answer, u->blob->size);
	return http_header(&answer, "Location") ? take_location(u, &answer, err) : 0;
}

/* 0: sent; 1: not taken, but it may be later */
static int send_chunk(struct upload *u, struct error *err)
{
	struct http_answer answer CLEANUP_HTTP_ANSWER = HTTP_ANSWER_INIT;
	struct strv headers CLEANUP_STRV = STRV_INIT;
	size_t room = u->how->chunk ? u->how->chunk : CHUNK;
	size_t len = (size_t)MIN(u->blob->size - u->at, (uint64_t)room);
	struct http_request request = { .method = "PATCH", .headers = &headers, .len = len, .whole = true };

	if (!u->chunk)
		u->chunk = xmalloc(room);
	if (u->blob->read(u->blob->arg, u->at, u->chunk, len, err) < 0)
		return -1;
	request.body = u->chunk;
	strv_add(&headers, "Content-Type: application/octet-stream");
	strv_addf(&headers, "Content-Range: %" PRIu64 "-%" PRIu64, u->at, u->at + len - 1);
	if (registry_do(u->r, u->location, &request, &answer, err) < 0)
		return -1;
	if (answer.status == 416 || answer.status == 404)
		return 1;
	if (answer.status != 202)
		return http_refused(&answer, err, "send a part of sha256:%s", u->blob->digest);
	u->at += len;
	u->how->sent += len;
	progress_update(u->how->progress, u->at);
	return take_location(u, &answer, err) < 0 ? -1 : save(u, err);
}

static int finish(struct upload *u, struct error *err)
{
	struct http_answer answer CLEANUP_HTTP_ANSWER = HTTP_ANSWER_INIT;
	struct http_request request = { .method = "PUT", .whole = true };
	CLEANUP_FREE char *url = xasprintf("%s%sdigest=sha256:%s", u->location,
					   strchr(u->location, '?') ? "&" : "?", u->blob->digest);

	if (registry_do(u->r, url, &request, &answer, err) < 0)
		return -1;
	if (answer.status == 404 || answer.status == 416)
		return 1;
	if (answer.status != 201)
		return http_refused(&answer, err, "finish sha256:%s", u->blob->digest);
	forget(u);
	return 0;
}

/* After a failure that may go away. Its reason is what is said if it does not. */
static int wait_a_little(struct upload *u, struct error *err)
{
	struct pollfd wake = { .fd = interrupt_fd(), .events = POLLIN };
	unsigned int ms = WAIT_MS << MIN(u->failures, 7U);

	if (++u->failures >= TRIES)
		return -1;
	error_clear(err);
	poll(&wake, 1, (int)MIN(ms, (unsigned int)WAIT_MAX_MS));
	return interrupt_check(err);
}

static bool may_go_away(const struct error *err)
{
	return err->code == ERR_SYSTEM || err->code == ERR_TIMEOUT;
}

/* 1: all is sent and taken */
static int step(struct upload *u, bool *known, struct error *err)
{
	uint64_t before = u->at;
	int rc = 0;

	if (!*known) {
		rc = u->location ? go_on(u, err) : begin(u, err);
		*known = rc == 0;
		return rc;
	}
	rc = u->at < u->blob->size ? send_chunk(u, err) : finish(u, err);
	if (rc == 0 && u->at > before)
		u->failures = 0;
	if (rc == 0)
		return !u->location;
	*known = false;
	return rc < 0 ? -1 : error_set(err, ERR_SYSTEM, "'%s' takes no more of sha256:%s just now",
				       u->r->base, u->blob->digest);
}

int registry_upload(struct registry *r, const char *repository, const struct registry_blob *blob,
		    struct registry_push *how, struct error *err)
{
	struct upload u __attribute__((cleanup(clear_upload))) = { r, repository, blob, how, NULL, 0,
								   NULL, 0 };
	struct error why CLEANUP_ERROR = ERROR_INIT;
	bool known = false;

	recall(&u);
	for (;;) {
		int rc = step(&u, &known, &why);

		if (rc > 0)
			return 0;
		if (rc == 0 && interrupt_check(&why) == 0)
			continue;
		if (!may_go_away(&why) || wait_a_little(&u, &why) < 0)
			return error_move(err, &why);
	}
}
