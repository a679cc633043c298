// SPDX-License-Identifier: GPL-2.0-or-later
/* Texts of Windows to UTF-8 and back, through iconv. */
#include "config.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/utf16.h"

/* Each unit of @step bytes that is no character is replaced by @instead. */
static char *convert(const char *to, const char *from, const void *data, size_t len, size_t step,
		     const char *instead, size_t instead_len, size_t *ret_len)
{
	size_t room = len * 3 + 8;
	char *out = xmalloc(room), *at = out, *in = (char *)data;
	iconv_t cd = iconv_open(to, from);

	if (cd == (iconv_t)-1)
		abort();	/* glibc has them built in */
	while (len >= step) {
		if (iconv(cd, &in, &len, &at, &room) != (size_t)-1 || len < step)
			break;
		memcpy(at, instead, instead_len);
		at += instead_len;
		room -= instead_len;
		in += step;
		len -= step;
	}
	iconv_close(cd);
	*ret_len = (size_t)(at - out);
	memset(at, 0, 2);
	return out;
}

char *utf16_to_utf8(const void *data, size_t len)
{
	size_t n;

	return convert("UTF-8", "UTF-16LE", data, len & ~(size_t)1, 2, "\xef\xbf\xbd", 3, &n);
}

char *utf16_from_utf8(const char *text, size_t *ret_len)
{
	return convert("UTF-16LE", "UTF-8", text, strlen(text), 1, "\xfd\xff", 2, ret_len);
}

char *ansi_to_utf8(const void *data, size_t len)
{
	size_t n;

	return convert("UTF-8", "CP1252", data, len, 1, "\xef\xbf\xbd", 3, &n);
}

char *dos_to_utf8(const void *data, size_t len)
{
	iconv_t cd = iconv_open("UTF-8", "CP437");
	size_t n;

	/* a module of the C library, which a small system may be without */
	if (cd == (iconv_t)-1)
		return xstrndup(data, len);
	iconv_close(cd);
	return convert("UTF-8", "CP437", data, len, 1, "\xef\xbf\xbd", 3, &n);
}
