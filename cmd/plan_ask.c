// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests on the command line: the same as line.xml, read by the same reader. */
#include "config.h"

#include <string.h>

#include "cmd/plan_ask.h"
#include "lib/base/alloc.h"
#include "lib/base/strv.h"

static int bad(const char *text, struct error *err)
{
	error_set(err, ERR_USAGE, "--ask: '%s' is not GUEST:KEY=VALUE,...", text);
	return error_hint(err, "rehost plan ... --ask press4:class=rt,cores=1,serial.ttyS1=X5");
}

static bool is_key(const char *key)
{
	return *key && strspn(key, "abcdefghijklmnopqrstuvwxyz-") == strlen(key);
}

/* Attributes come before elements: a device, KIND.ROLE, waits for the second time. */
static int put_pair(struct xml_out *x, const char *pair, bool devices, struct error *err)
{
	const char *equal = strchr(pair, '=');
	CLEANUP_FREE char *key = equal ? xstrndup(pair, (size_t)(equal - pair)) : NULL;
	char *dot = key ? strchr(key, '.') : NULL;

	if (!key)
		return bad(pair, err);
	if (dot)
		*dot = '\0';
	if (!is_key(key) || (dot && !dot[1]))
		return bad(pair, err);
	if (!dot && !devices)
		xml_attr(x, key, "%s", equal + 1);
	if (!dot || !devices)
		return 0;
	xml_open(x, "device");
	xml_attr(x, "role", "%s", dot + 1);
	xml_attr(x, "kind", "%s", key);
	xml_attr_opt(x, "label", equal[1] ? equal + 1 : NULL);
	xml_close(x);
	return 0;
}

static int write_line(struct xml_out *x, const char *name, const struct strv *pairs,
		      struct error *err)
{
	/* what is wrong with it is the user's mistake, and said by the reader */
	xml_out_begin_foreign(x, "line");
	xml_attr(x, "version", "1");
	xml_open(x, "guest");
	xml_attr(x, "name", "%s", name);
	for (int devices = 0; devices <= 1; devices++)
		for (size_t i = 0; i < pairs->n; i++)
			if (put_pair(x, pairs->v[i], devices != 0, err) < 0)
				return -1;
	xml_close(x);
	return 0;
}

int plan_ask(struct line *line, const char *text, struct error *err)
{
	const char *colon = strchr(text, ':');
	CLEANUP_FREE char *name = colon ? xstrndup(text, (size_t)(colon - text)) : NULL;
	struct xml_out x CLEANUP_XML_OUT = XML_OUT_INIT;
	struct strv pairs CLEANUP_STRV = STRV_INIT;
	struct line one CLEANUP_LINE = LINE_INIT;
	const char *document;
	size_t len;

	if (!name || !*name)
		return bad(text, err);
	if (line_find(line, name))
		return error_set(err, ERR_USAGE, "--ask: guest '%s' is asked for already", name);
	strv_split(&pairs, colon + 1, ",");
	if (write_line(&x, name, &pairs, err) < 0)
		return -1;
	if (xml_out_finish(&x, &document, &len, err) < 0 ||
	    line_read_memory(&one, document, len, text, err) < 0)
		return error_wrap(err, "--ask");
	*APPEND(line->guests, line->n_guests) = one.guests[0];
	free(one.guests);
	one = (struct line)LINE_INIT;
	return 0;
}
