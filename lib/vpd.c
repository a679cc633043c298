// SPDX-License-Identifier: GPL-2.0-or-later
/* Vital product data of drives. */
#include "config.h"

#include <stdint.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/vpd.h"

enum { HEADER = 4, CODE = 0x80, SERIAL_MAX = 64 };

char *vpd_serial(const void *page, size_t len)
{
	const uint8_t *p = page;
	size_t n, room, start = 0;

	if (len < HEADER || p[1] != CODE)
		return NULL;
	room = MIN(len - HEADER, (size_t)SERIAL_MAX);
	n = MIN((size_t)get_be16(p + 2), room);
	p += HEADER;
	for (size_t i = 0; i < n; i++)
		if (p[i] < ' ' || p[i] > '~')
			n = i;
	while (n && p[n - 1] == ' ')
		n--;
	while (start < n && p[start] == ' ')
		start++;
	return n > start ? xstrndup((const char *)p + start, n - start) : NULL;
}
