// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs of Windows: which other files they need to be loaded. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/driver.h"

/* Microsoft, "PE Format" */
enum {
	FILE_HEADER = 24, DIRECTORIES = 96, DIRECTORIES_64 = 112, MAGIC_64 = 0x20b,
	SECTION = 40, SECTIONS_MAX = 96, DESCRIPTOR = 20,
};

struct image {
	const uint8_t *p;
	size_t len, sections;	/* where the table of sections is, 0: it is no program */
	size_t n_sections;
	uint32_t imports;	/* address of their table when loaded */
};

static struct image open_image(const void *data, size_t len)
{
	struct image m = { .p = data, .len = len };
	size_t at, optional, directories, end;

	if (!pe_arch(data, len))
		return m;
	at = get_le32(m.p + 60);
	optional = at + FILE_HEADER;
	end = optional + get_le16(m.p + at + 20);
	if (end > len || end < optional + 2)
		return m;
	directories = optional + (get_le16(m.p + optional) == MAGIC_64 ? DIRECTORIES_64 : DIRECTORIES);
	if (directories + 16 > end)
		return m;
	m.imports = get_le32(m.p + directories + 8);
	m.n_sections = MIN((size_t)get_le16(m.p + at + 6), (size_t)SECTIONS_MAX);
	m.sections = end;
	if (m.n_sections * SECTION > len - end)
		m.n_sections = 0;
	return m;
}

/* Where the file has what is at an address when it is loaded, and how much of it; NULL: nowhere */
static const uint8_t *at_address(const struct image *m, uint32_t address, size_t *ret_len)
{
	for (size_t i = 0; i < m->n_sections; i++) {
		const uint8_t *s = m->p + m->sections + i * SECTION;
		uint32_t start = get_le32(s + 12), size = get_le32(s + 16), from = get_le32(s + 20);

		if (address < start || address - start >= size || from > m->len || size > m->len - from)
			continue;
		*ret_len = size - (address - start);
		return m->p + from + (address - start);
	}
	return NULL;
}

void pe_imports(const void *data, size_t len, struct strv *ret)
{
	enum { IMPORTS_MAX = 256 };
	const size_t name_max = 64;
	struct image m = open_image(data, len);
	size_t left = 0;
	const uint8_t *table = m.imports ? at_address(&m, m.imports, &left) : NULL;

	for (size_t i = 0; table && i < IMPORTS_MAX && (i + 1) * DESCRIPTOR <= left; i++) {
		uint32_t name_at = get_le32(table + i * DESCRIPTOR + 12);
		size_t room = 0;
		const uint8_t *name = name_at ? at_address(&m, name_at, &room) : NULL;
		size_t n = name ? strnlen((const char *)name, MIN(room, name_max)) : 0;

		if (!name_at)
			return;
		if (n && n < MIN(room, name_max))
			strv_addf(ret, "%.*s", (int)n, (const char *)name);
	}
}
