// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of fields between blanks, without copying them. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/fstab.h"

static void split(struct fstab_line *line, const char *end)
{
	const char *p = line->start;

	line->n = 0;
	memset(line->len, 0, sizeof(line->len));
	while (line->n < FSTAB_FIELDS) {
		const char *from;

		while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
			p++;
		if (p == end || *p == '#')
			return;
		from = p;
		while (p < end && *p != ' ' && *p != '\t' && *p != '\r')
			p++;
		line->field[line->n] = from;
		line->len[line->n++] = (size_t)(p - from);
	}
}

bool fstab_next(struct fstab_line *line)
{
	while (*line->next) {
		const char *end = line->next + strcspn(line->next, "\n");

		line->start = line->next;
		line->next = *end ? end + 1 : end;
		split(line, end);
		if (line->n)
			return true;
	}
	return false;
}

char *fstab_field(const struct fstab_line *line, size_t i)
{
	return i < line->n ? xstrndup(line->field[i], line->len[i]) : xstrdup("");
}

static bool is_octal(const char *s)
{
	return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' &&
	       s[2] <= '7';
}

char *fstab_unescape(const char *field)
{
	char *text = xstrdup(field), *to = text;

	for (const char *p = field; *p; to++) {
		if (p[0] == '\\' && is_octal(p + 1) && (p[1] != '0' || p[2] != '0' || p[3] != '0')) {
			*to = (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
			p += 4;
		} else {
			*to = *p++;
		}
	}
	*to = '\0';
	return text;
}
