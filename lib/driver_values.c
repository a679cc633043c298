// SPDX-License-Identifier: GPL-2.0-or-later
/* The values that an INF file wants in the registry: its AddReg directives. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/driver_values.h"
#include "lib/hive.h"
#include "lib/utf16.h"

int inf_number(const char *text, uint32_t *ret, struct error *err)
{
	char *end = NULL;
	unsigned long long n;

	if (!*text) {
		*ret = 0;
		return 0;
	}
	n = strtoull(text, &end, text[0] == '0' && (text[1] | 0x20) == 'x' ? 16 : 10);
	if (*end || end == text || n > UINT32_MAX)
		return error_set(err, ERR_FORMAT, "'%s' is not a number of 32 bits", text);
	*ret = (uint32_t)n;
	return 0;
}

/* A text that goes into the registry as UTF-16, with its end. */
static char *wide(const char *text, size_t *len)
{
	char *data = utf16_from_utf8(text, len);

	*len += 2;
	return data;
}

static int take_bytes(const struct inf_line *line, struct driver_value *v, struct error *err)
{
	v->data = xcalloc(line->fields.n + 1, 1);
	for (size_t i = 4; i < line->fields.n; i++) {
		CLEANUP_FREE char *hex = xasprintf("0x%s", inf_field(line, i));
		uint32_t n;

		if (inf_number(hex, &n, err) < 0)
			return -1;
		if (n > 255)
			return error_set(err, ERR_FORMAT, "'%s' is no byte", inf_field(line, i));
		v->data[v->len++] = (char)n;
	}
	return 0;
}

static void take_list(const struct inf_line *line, struct driver_value *v)
{
	v->data = xcalloc(1, 2);
	for (size_t i = 4; i < line->fields.n; i++) {
		size_t len;
		CLEANUP_FREE char *item = wide(inf_field(line, i), &len);

		v->data = xreallocarray(v->data, v->len + len + 2, 1);
		memcpy(v->data + v->len, item, len);
		v->len += len;
	}
	memset(v->data + v->len, 0, 2);
	v->len += 2;
}

/* HKR,subkey,value,flags,data: types as Microsoft's "AddReg directive" lists them. */
static int take_value(const struct inf_line *line, struct driver_values *ret, struct error *err)
{
	enum { FLAG_TYPES = 0x00030001, FLAG_DWORD = 0x00010001, FLAG_MULTI = 0x00010000,
	       FLAG_EXPAND = 0x00020000, FLAG_BINARY = 0x00000001, FLAG_DELETE = 0x4,
	       FLAG_KEY_ONLY = 0x10 };
	struct driver_value *v;
	uint32_t flags, n;

	if (strcasecmp(inf_field(line, 0), "HKR") != 0)
		return 0;
	if (inf_number(inf_field(line, 3), &flags, err) < 0)
		return -1;
	if (flags & (FLAG_DELETE | FLAG_KEY_ONLY))
		return 0;
	v = APPEND(ret->v, ret->n);
	v->subkey = xstrdup(inf_field(line, 1));
	v->name = xstrdup(inf_field(line, 2));
	switch (flags & FLAG_TYPES) {
	case FLAG_DWORD:
		if (inf_number(inf_field(line, 4), &n, err) < 0)
			return -1;
		n = htole32(n);
		v->type = REG_DWORD;
		v->len = sizeof(n);
		v->data = xmemdup(&n, sizeof(n));
		return 0;
	case FLAG_BINARY:
		v->type = REG_BINARY;
		return take_bytes(line, v, err);
	case FLAG_MULTI:
		v->type = REG_MULTI_SZ;
		take_list(line, v);
		return 0;
	default:
		v->type = (flags & FLAG_TYPES) == FLAG_EXPAND ? REG_EXPAND_SZ : REG_SZ;
		v->data = wide(inf_field(line, 4), &v->len);
		return 0;
	}
}

/* AddReg of a section, which can name several others. */
int inf_take_values(const struct inf *inf, const char *section, struct driver_values *ret,
		       struct error *err)
{
	enum { VALUES_MAX = 1000 };
	const struct inf_section *s = inf_section(inf, section);

	for (size_t i = 0; s && i < s->n_lines; i++) {
		const struct inf_line *add = &s->lines[i];

		if (!add->key || strcasecmp(add->key, "AddReg") != 0)
			continue;
		for (size_t j = 0; j < add->fields.n; j++) {
			const struct inf_section *values = inf_section(inf, add->fields.v[j]);

			for (size_t k = 0; values && k < values->n_lines; k++) {
				if (ret->n >= VALUES_MAX)
					return error_set(err, ERR_FORMAT, "too many values");
				if (take_value(&values->lines[k], ret, err) < 0)
					return -1;
			}
		}
	}
	return 0;
}
