// SPDX-License-Identifier: GPL-2.0-or-later
/* Edits of settings, text to text: device names, options behind lines, lines at the end. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/linux.h"
#include "lib/base/alloc.h"
#include "lib/devname.h"

static void close_text(FILE *out)
{
	if (fclose(out) != 0)
		abort();
}

/* Does the line, as far as its end, begin with one of the words? */
static bool begins_with_word(const char *line, const char *const *words)
{
	size_t len;

	line += strspn(line, " \t");
	len = strcspn(line, " \t\r\n=");
	for (; *words; words++)
		if (strlen(*words) == len && strncasecmp(line, *words, len) == 0)
			return true;
	return false;
}

static bool may_change(const char *line, const char *const *words)
{
	if (words)
		return begins_with_word(line, words);
	return line[strspn(line, " \t")] != '#';
}

/* A name stands alone, or behind '=' or in quotes: root=/dev/sda1 */
static bool starts_name(const char *text, const char *p)
{
	return strncmp(p, "/dev/", 5) == 0 && (p == text || strchr(" \t\n=\"',:", p[-1]));
}

static size_t name_length(const char *p)
{
	return strcspn(p, " \t\r\n\"',;:");
}

static void put_name(FILE *out, const struct inspection *in, const char *p, size_t len,
		     struct strv *missed)
{
	CLEANUP_FREE char *name = xstrndup(p, len);
	CLEANUP_FREE char *stable = devname_stable(in, name);

	if (!stable && missed && devname_kind(name) == DEVNAME_BUS && !strv_has(missed, name))
		strv_add(missed, name);
	fputs(stable ? stable : name, out);
}

char *linux_stable_devices(const struct inspection *in, const char *text, const char *const *words,
			   struct strv *missed)
{
	char *result = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&result, &size);
	bool change = may_change(text, words);

	for (const char *p = text; *p;) {
		if (change && starts_name(text, p)) {
			size_t len = name_length(p);

			put_name(out, in, p, len, missed);
			p += len;
			continue;
		}
		fputc(*p, out);
		if (*p++ == '\n')
			change = may_change(p, words);
	}
	close_text(out);
	return result;
}

static bool has_word(const char *line, size_t len, const char *word)
{
	size_t n = strcspn(word, "=");

	for (const char *p = line; (p = memmem(p, len - (size_t)(p - line), word, n)); p++)
		if (p > line && (p[-1] == ' ' || p[-1] == '\t' || p[-1] == '"') && p[n] == '=')
			return true;
	return false;
}

/* Behind what stands there; inside the quotes if the line ends in one; a bare value gets quotes. */
static void put_appended(FILE *out, const char *line, size_t len, const char *options)
{
	size_t name = strcspn(line, " \t=\r\n\"'"), body = len;
	bool quoted = false;

	while (body && strchr(" \t\r", line[body - 1]))
		body--;
	quoted = body && strchr("\"'", line[body - 1]);
	if (!quoted && name < body && line[name] == '=') {
		fprintf(out, "%.*s\"%.*s%s%s\"", (int)name + 1, line, (int)(body - name - 1),
			line + name + 1, body > name + 1 ? " " : "", options);
		return;
	}
	body -= quoted;
	fprintf(out, "%.*s%s%s%.*s", (int)body, line,
		body && strchr("=\"' \t", line[body - 1]) ? "" : " ", options, (int)(len - body),
		line + body);
}

char *linux_append_options(const char *text, const char *const *words, const char *options)
{
	char *result = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&result, &size);

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (begins_with_word(text, words) && !has_word(text, len, options))
			put_appended(out, text, len, options);
		else
			fprintf(out, "%.*s", (int)len, text);
		text += len;
		if (*text)
			fputc(*text++, out);
	}
	close_text(out);
	return result;
}

char *linux_add_line(const char *text, const char *line)
{
	size_t len = strlen(text), line_len = strlen(line);

	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		size_t end = strcspn(p, "\n");

		while (end && (p[end - 1] == ' ' || p[end - 1] == '\r'))
			end--;
		if (end == line_len && strncmp(p, line, line_len) == 0)
			return xstrdup(text);
	}
	return xasprintf("%s%s%s\n", text, len && text[len - 1] != '\n' ? "\n" : "", line);
}
