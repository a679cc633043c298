/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_HTTP_H
#define REHOST_HTTP_H

/*
 * Requests over HTTPS, by libcurl. The other side is verified; a plain http:// address or one that cannot
 * be verified is refused, unless the operator said otherwise. Redirections are answers, not followed.
 *
 *	struct http http CLEANUP_HTTP = HTTP_INIT;
 *	struct http_answer answer CLEANUP_HTTP_ANSWER = HTTP_ANSWER_INIT;
 *
 *	if (http_open(&http, &trust, err) < 0 ||
 *	    http_do(&http, &(struct http_request){ .method = "GET", .url = url }, &answer, err) < 0)
 *		return -1;
 *	if (answer.status != 200)
 *		return http_refused(&answer, err, "read '%s'", url);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"

enum {
	HTTP_ANSWER_MAX = 32 << 20,	/* a longer answer is refused            [bytes] */
	HTTP_TAIL_MAX = 1 << 30,	/* and this one where the end is enough  [bytes] */
};

struct http_trust {
	const char *ca;		/* file of certificates to trust instead of the host's; or NULL */
	bool insecure;		/* take any certificate, and http://                            */
};

struct http {
	void *curl;		/* CURL * */
	bool insecure;
};

#define HTTP_INIT { NULL, false }

struct http_request {
	const char *method, *url;
	const struct strv *headers;	/* "Name: value"; or NULL                             */
	const void *body;		/* or NULL                                            */
	size_t len;			/* of it                                      [bytes] */
	bool whole;			/* a signal does not break it off: it is short        */
	bool tail;			/* of a long answer only the end is kept              */
};

struct http_answer {
	long status;
	char *body;			/* with a 0 byte behind it; never NULL after http_do() */
	size_t len;			/*                                            [bytes] */
	uint64_t total;			/* of which it is the end                     [bytes] */
	struct strv headers;		/* "Name: value" of the last answer                    */
};

#define HTTP_ANSWER_INIT { 0, NULL, 0, 0, STRV_INIT }

/**
 * http_open - get ready
 * @ret: http_clear() frees it
 * @err: ERR_NOT_FOUND if the file of certificates is not there
 */
int http_open(struct http *ret, const struct http_trust *trust, struct error *err);
void http_clear(struct http *h);

#define CLEANUP_HTTP __attribute__((cleanup(http_clear)))

/**
 * http_do - one request, one answer of any status
 * @ret: http_answer_clear() frees it
 * @err: ERR_REFUSED: who answers is not trusted, or there is no TLS; ERR_TIMEOUT; ERR_INTERRUPTED;
 *       ERR_SYSTEM for all that may go away: no connection, a broken one
 */
int http_do(struct http *h, const struct http_request *r, struct http_answer *ret, struct error *err);
void http_answer_clear(struct http_answer *a);

#define CLEANUP_HTTP_ANSWER __attribute__((cleanup(http_answer_clear)))

/** http_header - value of a header of the answer, in any case; NULL: there is none */
const char *http_header(const struct http_answer *a, const char *name);

/**
 * http_refused - an error for an answer that is not what was asked for: its status and first line
 * @err: ERR_NOT_FOUND for 404, ERR_SYSTEM for what may go away (5xx, 429), else ERR_REFUSED
 */
int http_refused(const struct http_answer *a, struct error *err, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/** http_same_origin - have two addresses scheme, host and port in common? */
bool http_same_origin(const char *a, const char *b);

/** http_basic - the header for a name and a password; the caller frees it */
char *http_basic(const char *user, const char *password);

/** http_escape - text as part of a query; the caller frees it */
char *http_escape(const char *text);

#endif
