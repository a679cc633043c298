// SPDX-License-Identifier: GPL-2.0-or-later
/* Texts that come from a disk or a device, made safe to print. */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/plain.h"

/* Bytes of the character at @s, by RFC 3629, and its number; 0: it is none. */
static size_t character(const unsigned char *s, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = *s < 0x80 ? 1 : *s >> 5 == 6 ? 2 : *s >> 4 == 14 ? 3 : *s >> 3 == 30 ? 4 : 0;
	uint32_t c = len == 1 ? *s : *s & (0xffu >> (len + 1));

	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (len && (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)))
		return 0;
	*ret = c;
	return len;
}

/* What a terminal obeys instead of showing it. */
static bool acts(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
			return false;
	return true;
}

char *plain_text(char *text)
{
	CLEANUP_FREE char *from = text;
	char *ret = NULL;
	size_t ret_len = 0;
	FILE *f;

	if (!text || is_plain(text))
		return STEAL(from);
	f = open_memstream(&ret, &ret_len);
	if (!f)
		abort();
	for (const unsigned char *s = (unsigned char *)text; *s;) {
		uint32_t c = 0;
		size_t len = character(s, &c);

		if (*s == '\t')
			fputc(' ', f);
		else if (!len || (acts(c) && len == 1))
			fprintf(f, "\\x%02x", *s);
		else if (acts(c))
			fprintf(f, "\\u%04x", c);
		else
			fwrite(s, 1, len, f);
		s += len ? len : 1;
	}
	if (fclose(f) != 0)
		abort();
	return ret;
}
