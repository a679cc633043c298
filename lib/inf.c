// SPDX-License-Identifier: GPL-2.0-or-later
/* INF files: characters, lines, fields, sections and strings. What they mean is in lib/driver.c. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/inf.h"
#include "lib/utf16.h"

static bool is_utf8(const char *data, size_t len)
{
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)data[i++];
		size_t more = c < 0x80 ? 0 : c >> 5 == 6 ? 1 : c >> 4 == 14 ? 2 : c >> 3 == 30 ? 3 : 9;

		if (more == 9 || more > len - i)
			return false;
		for (; more; more--)
			if (((unsigned char)data[i++] & 0xc0) != 0x80)
				return false;
	}
	return true;
}

/* Files without a mark can still be UTF-16: every second byte of ASCII is 0 then. */
static char *decode(const char *data, size_t len)
{
	if (len >= 2 && memcmp(data, "\xff\xfe", 2) == 0)
		return utf16_to_utf8(data + 2, len - 2);
	if (len >= 4 && !data[1] && !data[3])
		return utf16_to_utf8(data, len);
	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
		return xstrndup(data + 3, len - 3);
	return is_utf8(data, len) ? xstrndup(data, len) : ansi_to_utf8(data, len);
}

void inf_clear(struct inf *inf)
{
	for (size_t i = 0; i < inf->n_sections; i++) {
		struct inf_section *s = &inf->sections[i];

		for (size_t j = 0; j < s->n_lines; j++) {
			free(s->lines[j].key);
			strv_clear(&s->lines[j].fields);
		}
		free(s->lines);
		free(s->name);
	}
	free(inf->sections);
	*inf = (struct inf)INF_INIT;
}

const struct inf_section *inf_section(const struct inf *inf, const char *name)
{
	for (size_t i = 0; i < inf->n_sections; i++)
		if (strcasecmp(inf->sections[i].name, name) == 0)
			return &inf->sections[i];
	return NULL;
}

const struct inf_line *inf_line(const struct inf *inf, const char *section, const char *key)
{
	const struct inf_section *s = inf_section(inf, section);

	for (size_t i = 0; s && i < s->n_lines; i++)
		if (s->lines[i].key && strcasecmp(s->lines[i].key, key) == 0)
			return &s->lines[i];
	return NULL;
}

const char *inf_field(const struct inf_line *line, size_t i)
{
	return line && i < line->fields.n ? line->fields.v[i] : "";
}

const char *inf_value(const struct inf *inf, const char *section, const char *key)
{
	const struct inf_line *line = inf_line(inf, section, key);

	return line && line->fields.n ? line->fields.v[0] : NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\x1a' || c == '\v' || c == '\f';
}

static char *trimmed(const char *s, size_t len)
{
	while (len && is_blank(*s)) {
		s++;
		len--;
	}
	while (len && is_blank(s[len - 1]))
		len--;
	return xstrndup(s, len);
}

/*
 * The next line without comment, with those that continue it. A backslash at the end continues a
 * line; inside of quotes neither it nor a semicolon means anything.
 */
static char *next_line(const char **at, size_t *n_lines)
{
	char *line = NULL;
	size_t len = 0;
	bool more = true;

	while (more && **at && *n_lines < INF_MAX_LINES) {
		const char *start = *at, *end = start + strcspn(start, "\n"), *stop = start;
		bool quoted = false;

		for (; stop < end && (quoted || *stop != ';'); stop++)
			quoted ^= *stop == '"';
		*at = *end ? end + 1 : end;
		++*n_lines;
		while (stop > start && is_blank(stop[-1]))
			stop--;
		more = stop > start && stop[-1] == '\\' && !quoted;
		stop -= more;
		if (len + (size_t)(stop - start) > INF_MAX_LINE)
			stop = start;
		line = xreallocarray(line, len + (size_t)(stop - start) + 1, 1);
		memcpy(line + len, start, (size_t)(stop - start));
		len += (size_t)(stop - start);
		line[len] = '\0';
	}
	return line ? line : xstrdup("");
}

/* One field; quotes go, two of them inside are one. Leaves *at behind the comma or at the end. */
static char *take_field(const char **at)
{
	CLEANUP_FREE char *text = xmalloc(strlen(*at) + 1);
	size_t len = 0, solid = 0;
	bool quoted = false;
	const char *p = *at;

	while (is_blank(*p))
		p++;
	for (; *p && (quoted || *p != ','); p++) {
		if (*p == '"' && quoted && p[1] == '"') {
			text[len++] = *p++;
			solid = len;
		} else if (*p == '"') {
			quoted = !quoted;
			solid = len;
		} else {
			text[len++] = *p;
			if (quoted || !is_blank(*p))
				solid = len;
		}
	}
	*at = *p ? p + 1 : p;
	return xstrndup(text, solid);
}

static void take_line(struct inf_section *s, const char *text)
{
	struct inf_line *line = APPEND(s->lines, s->n_lines);
	const char *at = text;
	bool quoted = false;

	line->fields = (struct strv)STRV_INIT;
	for (const char *p = text; *p && (quoted || *p != ','); p++) {
		quoted ^= *p == '"';
		if (*p != '=' || quoted)
			continue;
		const char *left = text;

		line->key = trimmed(text, (size_t)(p - text));
		if (line->key[0] == '"') {
			free(line->key);
			line->key = take_field(&left);
		}
		at = p + 1;
		break;
	}
	while (*at)
		strv_take(&line->fields, take_field(&at));
}

static size_t section_index(struct inf *inf, const char *name)
{
	for (size_t i = 0; i < inf->n_sections; i++)
		if (strcasecmp(inf->sections[i].name, name) == 0)
			return i;
	*APPEND(inf->sections, inf->n_sections) = (struct inf_section){ .name = xstrdup(name) };
	return inf->n_sections - 1;
}

static char *string_of(const struct inf *inf, const char *token, size_t len)
{
	CLEANUP_FREE char *name = xstrndup(token, len);
	const char *value = inf_value(inf, "Strings", name);

	for (size_t i = 0; !value && i < inf->n_sections; i++)
		if (strncasecmp(inf->sections[i].name, "Strings.", 8) == 0)
			value = inf_value(inf, inf->sections[i].name, name);
	return value ? xstrdup(value) : NULL;
}

/* What is no string of the file stays: %12% is a folder. */
static char *expand(const struct inf *inf, const char *text)
{
	CLEANUP_FREE char *out = xstrdup("");
	const char *first = strchr(text, '%');

	while (first) {
		const char *last = strchr(first + 1, '%');
		CLEANUP_FREE char *value = NULL, *longer = NULL;

		if (!last || strlen(out) > INF_MAX_LINE)
			break;
		value = last == first + 1 ? xstrdup("%") : string_of(inf, first + 1,
								      (size_t)(last - first - 1));
		longer = value ? xasprintf("%s%.*s%s", out, (int)(first - text), text, value)
			       : xasprintf("%s%.*s", out, (int)(last + 1 - text), text);
		free(out);
		out = STEAL(longer);
		text = last + 1;
		first = strchr(text, '%');
	}
	return xasprintf("%s%s", out, text);
}

static void expand_all(struct inf *inf)
{
	for (size_t i = 0; i < inf->n_sections; i++) {
		struct inf_section *s = &inf->sections[i];

		if (strncasecmp(s->name, "Strings", 7) == 0)
			continue;
		for (size_t j = 0; j < s->n_lines; j++) {
			struct inf_line *line = &s->lines[j];

			for (size_t k = 0; k < line->fields.n; k++) {
				char *old = line->fields.v[k];

				if (!strchr(old, '%'))
					continue;
				line->fields.v[k] = expand(inf, old);
				free(old);
			}
		}
	}
}

int inf_parse(struct inf *ret, const char *name, const void *data, size_t len, struct error *err)
{
	struct inf inf CLEANUP_INF = INF_INIT;
	CLEANUP_FREE char *text = NULL;
	size_t n_lines = 0, current = SIZE_MAX;
	const char *at;

	if (len > INF_MAX)
		return error_set(err, ERR_FORMAT, "'%s' is too large for an INF file", name);
	at = text = decode(data, len);
	while (*at) {
		CLEANUP_FREE char *raw = next_line(&at, &n_lines);
		CLEANUP_FREE char *line = trimmed(raw, strlen(raw));
		const char *close = strchr(line, ']');

		if (n_lines >= INF_MAX_LINES)
			return error_set(err, ERR_FORMAT, "'%s' has more than %d lines", name,
					 INF_MAX_LINES);
		if (line[0] == '[' && close) {
			CLEANUP_FREE char *section = trimmed(line + 1, (size_t)(close - line - 1));

			current = section_index(&inf, section);
		} else if (*line && current != SIZE_MAX) {
			take_line(&inf.sections[current], line);
		}
	}
	if (!inf.n_sections)
		return error_set(err, ERR_FORMAT, "'%s' is no INF file: it has no section", name);
	expand_all(&inf);
	*ret = inf;
	inf = (struct inf)INF_INIT;
	return 0;
}
