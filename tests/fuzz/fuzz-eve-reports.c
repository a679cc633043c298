// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: what an EVE device reports, and logs as lines. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/target/eve_reports.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each object lies inside, and behind the one before. */
static void walk(const char *text, size_t len)
{
	for (size_t at = 0, start = 0, before;;) {
		struct json_object *o;

		before = at;
		o = eve_reports_next(text, len, &at, &start);
		if (!o)
			return;
		json_object_put(o);
		if (start < before || at <= start || at > len)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *text = xmemdup(data, size);
	struct strv lines CLEANUP_STRV = STRV_INIT, about CLEANUP_STRV = STRV_INIT;

	walk(text, size);
	strv_add(&about, "press4");
	eve_log_lines(text, size, size / 2, &about, true, &lines);
	eve_log_lines(text, size, 0, NULL, false, &lines);
	for (size_t i = 0; i < lines.n; i++)
		if (strpbrk(lines.v[i], "\n\r\033"))
			abort();
	return 0;
}
