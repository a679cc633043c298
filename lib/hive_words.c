// SPDX-License-Identifier: GPL-2.0-or-later
/* Values and edits of registry hives in words, for people who want to know what was changed. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/hive_private.h"
#include "lib/utf16.h"

/* Texts of a list, each with two 0 bytes behind it. */
static char *list_words(const char *data, size_t len)
{
	struct strv texts CLEANUP_STRV = STRV_INIT;

	for (size_t at = 0, start = 0; at + 2 <= len; at += 2) {
		if (data[at] || data[at + 1])
			continue;
		if (at > start)
			strv_take(&texts, utf16_to_utf8(data + start, at - start));
		start = at + 2;
	}
	return strv_join(&texts, ", ");
}

char *hive_words_of(enum reg_type type, const char *data, size_t len)
{
	if ((type == REG_SZ || type == REG_EXPAND_SZ) && len % 2 == 0)
		return utf16_to_utf8(data, len);
	if (type == REG_DWORD && len == 4)
		return xasprintf("%" PRIu32, get_le32(data));
	if (type == REG_QWORD && len == 8)
		return xasprintf("%" PRIu64, get_le64(data));
	if (type == REG_MULTI_SZ)
		return list_words(data, len);
	return xasprintf("%zu bytes", len);
}

void hive_each_edit(const struct hive *h, hive_edit_fn each, void *arg)
{
	for (size_t i = 0; i < h->n_edits; i++) {
		const struct hive_edit *e = &h->edits[i];
		CLEANUP_FREE char *after = e->gone ? NULL
					   : e->value ? hive_words_of(e->type, e->data, e->len)
						      : xstrdup("");

		each(arg, e->key, e->value, e->before, after);
	}
}
