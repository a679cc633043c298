// SPDX-License-Identifier: GPL-2.0-or-later
/* What devices report: objects one after the other, and logs as lines. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/target/eve_reports.h"

enum { DEPTH_MAX = 32, CONTENT_MAX = 1000 };

/* A line end is in no object: what is broken ends there at the latest. */
static bool find_object(const char *text, size_t len, size_t *at, size_t *ret_start)
{
	bool quoted = false;
	size_t depth = 0;

	for (size_t i = *at; i < len; i++) {
		char c = text[i];

		if (c == '\n') {
			depth = 0;
			quoted = false;
		} else if (quoted) {
			quoted = c != '"';
			i += c == '\\';
		} else if (c == '"') {
			quoted = depth > 0;
		} else if (c == '{' && depth++ == 0) {
			*ret_start = i;
		} else if (c == '}' && depth && --depth == 0) {
			*at = i + 1;
			return true;
		}
	}
	*at = len;
	return false;
}

struct json_object *eve_reports_next(const char *text, size_t len, size_t *at, size_t *ret_start)
{
	while (find_object(text, len, at, ret_start)) {
		struct json_object *o = json_read(text + *ret_start, *at - *ret_start, DEPTH_MAX, NULL);

		if (o)
			return o;
	}
	return NULL;
}

static bool is_bad(const char *severity)
{
	static const char *const words[] = { "err", "error", "crit", "alert", "emerg", "fatal", "panic" };

	for (size_t i = 0; severity && i < ARRAY_SIZE(words); i++)
		if (strcmp(severity, words[i]) == 0)
			return true;
	return false;
}

static bool names_one(const char *text, const struct strv *about)
{
	for (size_t i = 0; about && i < about->n; i++)
		if (strcasestr(text, about->v[i]))
			return true;
	return !about;
}

char *eve_plain_text(const char *said)
{
	char *text = xstrndup(said, CONTENT_MAX);

	for (size_t n = strlen(text); n && (text[n - 1] == '\n' || text[n - 1] == '\r'); n--)
		text[n - 1] = '\0';
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = *c == '\t' ? ' ' : '?';
	return text;
}

/* Of any length in the log. */
static const char *content_of(struct json_object *entry)
{
	struct json_object *content = NULL;

	if (!json_object_object_get_ex(entry, "content", &content) ||
	    !json_object_is_type(content, json_type_string))
		return NULL;
	return json_object_get_string(content);
}

static void take_entry(struct json_object *entry, const struct strv *about, bool bad, struct strv *ret)
{
	const char *severity = json_get_text(entry, "severity"), *source = json_get_text(entry, "source");
	const char *time = json_get_text(entry, "timestamp"), *content = content_of(entry);
	CLEANUP_FREE char *line = NULL;

	if (!content || (bad && !is_bad(severity)) || !names_one(content, about))
		return;
	line = xasprintf("%s%s%s%s%s%s%s", time ? time : "", time ? " " : "", severity ? severity : "",
			 severity ? " " : "", source ? source : "", source ? ": " : "", content);
	strv_take(ret, eve_plain_text(line));
}

void eve_log_lines(const char *text, size_t len, size_t from, const struct strv *about, bool bad,
		   struct strv *ret)
{
	for (size_t at = 0, start = 0;;) {
		struct json_object *entry CLEANUP_JSON = eve_reports_next(text, len, &at, &start);

		if (!entry)
			return;
		if (start >= from)
			take_entry(entry, about, bad, ret);
	}
}
