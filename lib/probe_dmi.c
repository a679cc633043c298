// SPDX-License-Identifier: GPL-2.0-or-later
/* SMBIOS: who made the computer, and how much memory is plugged in. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/identifier.h"
#include "lib/probe.h"

/*
 * Layout of the structures: DMTF DSP0134, "System Management BIOS Reference Specification", 7.1, 7.2,
 * 7.18. Each has a header (type, length, handle), its fixed part, and strings that end with two 0.
 */
enum {
	TYPE_BIOS = 0, TYPE_SYSTEM = 1, TYPE_MEMORY_DEVICE = 17, TYPE_END = 127,
	HEADER_SIZE = 4, STRUCTURES_MAX = 4096,
	BIOS_VENDOR = 0x04, BIOS_VERSION = 0x05,
	SYSTEM_VENDOR = 0x04, SYSTEM_PRODUCT = 0x05, SYSTEM_SERIAL = 0x07, SYSTEM_UUID = 0x08,
	MEMORY_SIZE = 0x0c, MEMORY_SIZE_LARGE = 0x1c,
};

struct structure {
	const uint8_t *data;
	size_t len;		/* of the fixed part [bytes] */
	const char *strings;	/* first string              */
	size_t strings_len;	/* up to the two 0 [bytes]   */
};

/* Splits off the structure at the start of a buffer; returns its whole size, 0 at the end. */
static size_t next_structure(const uint8_t *data, size_t len, struct structure *ret)
{
	size_t end;

	if (len < HEADER_SIZE || data[1] < HEADER_SIZE || data[1] > len || data[0] == TYPE_END)
		return 0;
	for (end = data[1]; end + 1 < len && (data[end] || data[end + 1]); end++)
		;
	if (end + 1 >= len)
		return 0;
	*ret = (struct structure){ data, data[1], (const char *)data + data[1], end - data[1] };
	return end + 2;
}

/* What makers write instead of leaving it empty. */
static bool says_nothing(const char *text)
{
	static const char *const fillers[] = {
		"To Be Filled By O.E.M.", "To be filled by O.E.M.", "Not Specified",
		"Not Applicable", "System Product Name", "System manufacturer",
		"System Serial Number", "Default string", "None", "N/A", "O.E.M.", "INVALID",
		"0", "0123456789", "123456789", "Unknown",
	};

	for (size_t i = 0; i < ARRAY_SIZE(fillers); i++)
		if (strcmp(text, fillers[i]) == 0)
			return true;
	return *text == '\0';
}

static char *clean_string(const char *text, size_t len)
{
	char *copy;

	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	while (len && isspace((unsigned char)*text)) {
		text++;
		len--;
	}
	copy = xstrndup(text, len);
	if (!says_nothing(copy))
		return copy;
	free(copy);
	return NULL;
}

/* String number @data[@offset] of a structure; 0 means none. */
static char *string_at(const struct structure *s, size_t offset)
{
	size_t number = offset < s->len ? s->data[offset] : 0, at = 0;

	while (number > 1 && at < s->strings_len) {
		at += strnlen(s->strings + at, s->strings_len - at) + 1;
		number--;
	}
	if (number == 0 || at >= s->strings_len)
		return NULL;
	return clean_string(s->strings + at, strnlen(s->strings + at, s->strings_len - at));
}

static void take(char **member, char *text)
{
	if (*member)
		free(text);
	else
		*member = text;
}

/* The first three fields are little-endian since SMBIOS 2.6, and so are those of most before. */
static char *uuid_at(const struct structure *s)
{
	const uint8_t *u = s->data + SYSTEM_UUID;
	uint8_t all = 0xff, any = 0;

	if (SYSTEM_UUID + 16 > s->len)
		return NULL;
	for (int i = 0; i < 16; i++) {
		all &= u[i];
		any |= u[i];
	}
	if (all == 0xff || any == 0)
		return NULL;
	return xasprintf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
			 u[3], u[2], u[1], u[0], u[5], u[4], u[7], u[6], u[8], u[9], u[10], u[11],
			 u[12], u[13], u[14], u[15]);
}

static uint16_t get_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

/* Bytes in a memory slot; 0: empty or not known. */
static uint64_t slot_size(const struct structure *s)
{
	uint32_t size;

	if (MEMORY_SIZE + 2 > s->len)
		return 0;
	size = get_le16(s->data + MEMORY_SIZE);
	if (size == 0xffff)
		return 0;
	if (size == 0x7fff) {
		if (MEMORY_SIZE_LARGE + 4 > s->len)
			return 0;
		size = get_le16(s->data + MEMORY_SIZE_LARGE) |
		       (uint32_t)get_le16(s->data + MEMORY_SIZE_LARGE + 2) << 16;
		return (uint64_t)(size & 0x7fffffff) << 20;
	}
	return size & 0x8000 ? (uint64_t)(size & 0x7fff) << 10 : (uint64_t)size << 20;
}

static void take_structure(const struct structure *s, struct machine *m, uint64_t *memory)
{
	switch (s->data[0]) {
	case TYPE_BIOS: {
		CLEANUP_FREE char *vendor = string_at(s, BIOS_VENDOR);
		CLEANUP_FREE char *version = string_at(s, BIOS_VERSION);

		if (vendor || version)
			take(&m->bios, xasprintf("%s%s%s", vendor ? vendor : "",
						 vendor && version ? " " : "",
						 version ? version : ""));
		break;
	}
	case TYPE_SYSTEM:
		take(&m->vendor, string_at(s, SYSTEM_VENDOR));
		take(&m->product, string_at(s, SYSTEM_PRODUCT));
		take(&m->serial, string_at(s, SYSTEM_SERIAL));
		take(&m->uuid, uuid_at(s));
		break;
	case TYPE_MEMORY_DEVICE:
		if (ADD_OVERFLOW(*memory, slot_size(s), memory))
			*memory = 0;
		break;
	default:
		break;
	}
}

static bool read_table(const struct facts *f, struct machine *m)
{
	size_t len = 0, at = 0, size;
	CLEANUP_FREE char *table = facts_read(f, "sys/firmware/dmi/tables/DMI", &len);
	struct structure s;

	if (!table)
		return false;
	for (int i = 0; i < STRUCTURES_MAX; i++) {
		size = next_structure((const uint8_t *)table + at, len - at, &s);
		if (size == 0)
			break;
		take_structure(&s, m, &m->memory);
		at += size;
	}
	return true;
}

static char *dmi_text(const struct facts *f, const char *name)
{
	CLEANUP_FREE char *text = probe_text(f, "sys/class/dmi/id/%s", name);

	return text ? clean_string(text, strlen(text)) : NULL;
}

static void read_files(const struct facts *f, struct machine *m)
{
	CLEANUP_FREE char *uuid = dmi_text(f, "product_uuid");
	CLEANUP_FREE char *vendor = dmi_text(f, "bios_vendor");
	CLEANUP_FREE char *version = dmi_text(f, "bios_version");

	take(&m->vendor, dmi_text(f, "sys_vendor"));
	take(&m->product, dmi_text(f, "product_name"));
	take(&m->serial, dmi_text(f, "product_serial"));
	if (vendor || version)
		take(&m->bios, xasprintf("%s%s%s", vendor ? vendor : "",
					 vendor && version ? " " : "", version ? version : ""));
	if (!text_is_uuid(uuid) || m->uuid)
		return;
	for (char *c = uuid; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	m->uuid = STEAL(uuid);
}

void probe_dmi(const struct facts *f, struct machine *m)
{
	const char *why = "the firmware says nothing";

	if (!read_table(f, m) && !facts_has(f, "sys/class/dmi/id"))
		why = "this computer has no SMBIOS tables: sys/class/dmi/id is not there";
	read_files(f, m);
	if (!m->vendor)
		machine_miss(m, "vendor", "%s", why);
	if (!m->product)
		machine_miss(m, "product", "%s", why);
	if (!m->serial)
		machine_miss(m, "serial", "%s, or it may be read by root only", why);
	if (!m->uuid)
		machine_miss(m, "uuid", "%s, or it may be read by root only", why);
	if (!m->bios)
		machine_miss(m, "bios", "%s", why);
}
