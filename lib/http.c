// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests over HTTPS, by libcurl. */
#include "config.h"

#include <curl/curl.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"
#include "lib/http.h"

enum { CONNECT_S = 30, SILENCE_S = 60, HEADERS_MAX = 200, HEADER_MAX = 16384, SHOWN_MAX = 200 };

/* One request while it is under way. */
struct exchange {
	const struct http_request *r;
	struct http_answer *answer;
};

int http_open(struct http *ret, const struct http_trust *trust, struct error *err)
{
	CURL *curl;

	if (trust->ca && !path_exists(trust->ca))
		return error_sys(err, ENOENT, "read '%s'", trust->ca);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(curl = curl_easy_init()))
		return error_set(err, ERR_SYSTEM, "libcurl does not start");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_S);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, trust->insecure ? "https,http" : "https");
	curl_easy_setopt(curl, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
	if (trust->ca)
		curl_easy_setopt(curl, CURLOPT_CAINFO, trust->ca);
	if (trust->insecure) {
		curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	*ret = (struct http){ curl, trust->insecure };
	return 0;
}

void http_clear(struct http *h)
{
	if (!h->curl)
		return;
	curl_easy_cleanup(h->curl);
	curl_global_cleanup();
	h->curl = NULL;
}

static size_t take_body(char *data, size_t one, size_t len, void *arg)
{
	struct exchange *x = arg;
	struct http_answer *a = x->answer;

	if (len > HTTP_ANSWER_MAX - a->len) {
		if (!x->r->tail || a->total > HTTP_TAIL_MAX)
			return 0;
		a->len /= 2;
		memmove(a->body, a->body + a->len, a->len);
	}
	a->total += len;
	a->body = xreallocarray(a->body, a->len + len + 1, 1);
	memcpy(a->body + a->len, data, len);
	a->len += len;
	a->body[a->len] = '\0';
	return len * one;
}

/* The headers of an answer that only announces another one are dropped. */
static size_t take_header(char *data, size_t one, size_t len, void *arg)
{
	struct exchange *x = arg;
	struct strv *headers = &x->answer->headers;
	size_t n = len;

	if (len > 5 && strncmp(data, "HTTP/", 5) == 0)
		strv_clear(headers);
	while (n && (data[n - 1] == '\r' || data[n - 1] == '\n'))
		n--;
	if (n && n < HEADER_MAX && headers->n < HEADERS_MAX && memchr(data, ':', n))
		strv_take(headers, xstrndup(data, n));
	return len * one;
}

static int watch(void *arg, curl_off_t down, curl_off_t downed, curl_off_t up, curl_off_t upped)
{
	const struct exchange *x = arg;

	(void)down, (void)downed, (void)up, (void)upped;
	return !x->r->whole && interrupted();
}

static void set_body(CURL *curl, const struct http_request *r)
{
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, NULL);
	curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(curl, CURLOPT_NOBODY, strcmp(r->method, "HEAD") == 0 ? 1L : 0L);
	if (strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0)
		return;
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, r->body ? r->body : "");
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->len);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, r->method);
}

static struct curl_slist *make_headers(const struct http_request *r)
{
	/* not asked for first, and no type that nobody named */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	bool typed = false;

	for (size_t i = 0; r->headers && i < r->headers->n; i++) {
		typed |= strncasecmp(r->headers->v[i], "Content-Type:", 13) == 0;
		list = curl_slist_append(list, r->headers->v[i]);
	}
	return typed ? list : curl_slist_append(list, "Content-Type:");
}

/* What libcurl reports in our words. */
static int failed(CURLcode code, const struct exchange *x, const char *detail, struct error *err)
{
	const char *text = *detail ? detail : curl_easy_strerror(code);

	switch (code) {
	case CURLE_ABORTED_BY_CALLBACK:
		return interrupt_check(err);
	case CURLE_WRITE_ERROR:
		return error_set(err, ERR_REFUSED, "'%s' answers with more than %d MiB", x->r->url,
				 HTTP_ANSWER_MAX >> 20);
	case CURLE_UNSUPPORTED_PROTOCOL:
		error_set(err, ERR_REFUSED, "'%s' has no TLS", x->r->url);
		return error_hint(err, "give an address with https://, or --insecure where nobody can listen");
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		error_set(err, ERR_REFUSED, "'%s' is not who it should be: %s", x->r->url, text);
		return error_hint(err, "name the file of its authority with --ca");
	case CURLE_OPERATION_TIMEDOUT:
		return error_set(err, ERR_TIMEOUT, "'%s' does not answer: %s", x->r->url, text);
	default:
		return error_set(err, ERR_SYSTEM, "talk to '%s': %s", x->r->url, text);
	}
}

int http_do(struct http *h, const struct http_request *r, struct http_answer *ret, struct error *err)
{
	struct http_answer answer CLEANUP_HTTP_ANSWER = HTTP_ANSWER_INIT;
	struct exchange x = { r, &answer };
	struct curl_slist *headers = make_headers(r);
	char detail[CURL_ERROR_SIZE] = "";
	CURLcode code;

	answer.body = xstrdup("");
	set_body(h->curl, r);
	curl_easy_setopt(h->curl, CURLOPT_URL, r->url);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(h->curl, CURLOPT_ERRORBUFFER, detail);
	curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, &x);
	curl_easy_setopt(h->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(h->curl, CURLOPT_HEADERDATA, &x);
	curl_easy_setopt(h->curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(h->curl, CURLOPT_XFERINFOFUNCTION, watch);
	curl_easy_setopt(h->curl, CURLOPT_XFERINFODATA, &x);
	code = curl_easy_perform(h->curl);
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &answer.status);
	curl_easy_setopt(h->curl, CURLOPT_ERRORBUFFER, NULL);
	curl_slist_free_all(headers);
	if (code != CURLE_OK)
		return failed(code, &x, detail, err);
	*ret = answer;
	answer = (struct http_answer)HTTP_ANSWER_INIT;
	return 0;
}

void http_answer_clear(struct http_answer *a)
{
	free(a->body);
	strv_clear(&a->headers);
	*a = (struct http_answer)HTTP_ANSWER_INIT;
}

const char *http_header(const struct http_answer *a, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < a->headers.n; i++) {
		const char *h = a->headers.v[i];

		if (strncasecmp(h, name, len) == 0 && h[len] == ':')
			return h + len + 1 + strspn(h + len + 1, " \t");
	}
	return NULL;
}

int http_refused(const struct http_answer *a, struct error *err, const char *fmt, ...)
{
	CLEANUP_FREE char *what = NULL, *said = xstrndup(a->body, SHOWN_MAX);
	va_list ap;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	said[strcspn(said, "\r\n")] = '\0';
	for (char *c = said; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = '?';
	return error_set(err, a->status == 404 ? ERR_NOT_FOUND :
			      a->status == 429 || a->status >= 500 ? ERR_SYSTEM : ERR_REFUSED,
			 "%s: the answer is %ld%s%s", what, a->status, *said ? ", " : "", said);
}

static char *origin_of(const char *url)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL, *origin = NULL;

	if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
		origin = xasprintf("%s://%s:%s", scheme, host, port);
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return origin;
}

bool http_same_origin(const char *a, const char *b)
{
	CLEANUP_FREE char *of_a = origin_of(a), *of_b = origin_of(b);

	return of_a && of_b && strcasecmp(of_a, of_b) == 0;
}

char *http_basic(const char *user, const char *password)
{
	CLEANUP_FREE char *plain = xasprintf("%s:%s", user, password);
	size_t size = sodium_base64_encoded_len(strlen(plain), sodium_base64_VARIANT_ORIGINAL);
	CLEANUP_FREE char *coded = xmalloc(size);

	sodium_bin2base64(coded, size, (const unsigned char *)plain, strlen(plain),
			  sodium_base64_VARIANT_ORIGINAL);
	return xasprintf("Basic %s", coded);
}

char *http_escape(const char *text)
{
	char *escaped = curl_easy_escape(NULL, text, (int)strlen(text));
	char *ret = xstrdup(escaped ? escaped : "");

	curl_free(escaped);
	return ret;
}
