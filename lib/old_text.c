// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines and words of the settings of DOS-like systems. */
#include "config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/old_text.h"

static bool is_end(char c)
{
	return !isalnum((unsigned char)c) && c != '_' && c != '$';
}

/* "REM" but not "REMOTE": how much of the line is the word, or 0. */
static size_t begins_with(const char *line, const char *word)
{
	size_t len = strlen(word);

	return strncasecmp(line, word, len) == 0 && is_end(line[len]) ? len : 0;
}

static bool is_remark(const char *line, size_t len)
{
	size_t skip = MIN(strspn(line, " \t@"), len);

	line += skip;
	if (*line == ';' || *line == ':' || begins_with(line, "REM"))
		return true;
	/* a text that goes to a file, a port or a program does something */
	return begins_with(line, "ECHO") && !memchr(line, '>', len - skip) && !memchr(line, '|', len - skip);
}

void old_text_blank_remarks(char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\r\n");

		if (is_remark(text, len))
			memset(text, ' ', len);
		text += len;
		text += strspn(text, "\r\n");
	}
}

const char *old_text_word_start(const char *text, const char *start)
{
	for (const char *p = text; (p = strcasestr(p, start)); p++)
		if (p == text || !isalnum((unsigned char)p[-1]))
			return p;
	return NULL;
}

const char *old_text_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text; (p = old_text_word_start(p, word)); p++)
		if (!isalnum((unsigned char)p[len]))
			return p;
	return NULL;
}

const char *old_text_next(const char *line)
{
	line += strcspn(line, "\r\n");
	return line + strspn(line, "\r\n");
}

const char *old_text_value(const char *line, const char *name)
{
	size_t len;

	line += strspn(line, " \t@");
	len = begins_with(line, name);
	if (!len)
		return NULL;
	line += len;
	line += strspn(line, " \t");
	if (*line != '=')
		return NULL;
	return line + 1 + strspn(line + 1, " \t");
}

/* What starts another program, and the options of those: "DEVICEHIGH /L:1 =", "LH /L:0". */
static const char *behind_starter(const char *line)
{
	static const char *const starters[] = { "CALL", "LH", "LOADHIGH", "HILOAD", "DEVICE", "DEVICEHIGH", "DEVICEHI",
						"HIDEVICE", "INSTALL", "INSTALLHIGH", "HIINSTALL", "BASEDEV", "RUN",
						"SHELL", "START", NULL };

	for (size_t i = 0; starters[i]; i++) {
		size_t len = begins_with(line, starters[i]);

		if (!len)
			continue;
		line += len;
		line += strspn(line, " \t=");
		while (*line == '/') {
			line += strcspn(line, " \t=\r\n");
			line += strspn(line, " \t=");
		}
		return line;
	}
	return NULL;
}

const char *old_text_program(const char *line, size_t *ret_len)
{
	const char *behind, *end;

	line += strspn(line, " \t@");
	while ((behind = behind_starter(line)))
		line = behind;
	end = line + strcspn(line, " \t\r\n,;=");
	for (const char *p = line; p < end; p++)
		if (*p == '\\' || *p == '/' || *p == ':')
			line = p + 1;
	*ret_len = (size_t)(end - line);
	for (size_t i = 0; i < *ret_len; i++)
		if (line[i] == '.')
			*ret_len = i;
	return *ret_len ? line : NULL;
}
