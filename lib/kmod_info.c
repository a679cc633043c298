// SPDX-License-Identifier: GPL-2.0-or-later
/* What a kernel module says about itself: the section .modinfo of its ELF file. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/kmod.h"
#include "lib/packed.h"

/* Where the fields stand; ELF specification, "ELF Header", "Section Header". */
struct layout {
	size_t header;				/* length of the file's header    */
	size_t table, entry_size, n, names;	/* in it                          */
	size_t entry;				/* length of a section's header   */
	size_t offset, size;			/* in it; its name is at 0        */
	bool wide;				/* numbers of files have 64 bits  */
};

static const struct layout elf32 = { 52, 32, 46, 48, 50, 40, 16, 20, false };
static const struct layout elf64 = { 64, 40, 58, 60, 62, 64, 24, 32, true };

struct elf {
	const char *data;
	size_t len;
	const struct layout *layout;
	uint64_t table, entry_size, n;
};

struct section {
	const char *data;
	size_t len;
	uint32_t name;
};

static uint64_t number_at(const struct elf *e, uint64_t at)
{
	return e->layout->wide ? get_le64(e->data + at) : get_le32(e->data + at);
}

/* Files of the other byte order are none that a PC loads. */
static bool open_elf(struct elf *e, const char *data, size_t len)
{
	enum { CLASS = 4, BYTE_ORDER_AT = 5, LITTLE = 1 };
	const struct layout *l;

	if (len < elf32.header || memcmp(data, "\177ELF", 4) != 0 || data[BYTE_ORDER_AT] != LITTLE)
		return false;
	l = data[CLASS] == 2 ? &elf64 : &elf32;
	if (len < l->header)
		return false;
	*e = (struct elf){ .data = data, .len = len, .layout = l };
	e->table = number_at(e, l->table);
	e->entry_size = get_le16(data + l->entry_size);
	e->n = get_le16(data + l->n);
	return e->entry_size >= l->entry && e->table <= len &&
	       e->n <= (len - e->table) / e->entry_size;
}

static bool section_at(const struct elf *e, uint64_t i, struct section *ret)
{
	uint64_t at = e->table + i * e->entry_size, offset, size;

	if (i >= e->n)
		return false;
	offset = number_at(e, at + e->layout->offset);
	size = number_at(e, at + e->layout->size);
	if (offset > e->len || size > e->len - offset)
		return false;
	*ret = (struct section){ e->data + offset, (size_t)size, get_le32(e->data + at) };
	return true;
}

static bool is_called(const struct section *s, const struct section *names, const char *name)
{
	size_t len = strlen(name) + 1;

	return s->name < names->len && names->len - s->name >= len &&
	       memcmp(names->data + s->name, name, len) == 0;
}

static bool find_section(const struct elf *e, const char *name, struct section *ret)
{
	struct section names, s;

	if (!section_at(e, get_le16(e->data + e->layout->names), &names))
		return false;
	for (uint64_t i = 0; i < e->n; i++)
		if (section_at(e, i, &s) && is_called(&s, &names, name)) {
			*ret = s;
			return true;
		}
	return false;
}

/* The section is a row of "name=value", each with a 0 byte behind it. */
static char *value_of(const struct section *s, const char *name)
{
	size_t name_len = strlen(name);

	for (size_t at = 0, len; at < s->len; at += len + 1) {
		len = strnlen(s->data + at, s->len - at);
		if (len > name_len && s->data[at + name_len] == '=' &&
		    memcmp(s->data + at, name, name_len) == 0)
			return xstrndup(s->data + at + name_len + 1, len - name_len - 1);
	}
	return NULL;
}

char *kmod_version(const void *data, size_t len)
{
	enum { MODULE_MAX = 64 << 20 };
	CLEANUP_FREE char *plain = NULL;
	struct section info;
	size_t plain_len = 0;
	struct elf e;

	if (packed_read(data, len, MODULE_MAX, &plain, &plain_len) < 0)
		return NULL;
	if (!open_elf(&e, plain, plain_len) || !find_section(&e, ".modinfo", &info))
		return NULL;
	return value_of(&info, "version");
}
