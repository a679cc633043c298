// SPDX-License-Identifier: GPL-2.0-or-later
/* What Clonezilla keeps of a partition table, and what has to be made anew of it. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/base/size.h"
#include "lib/clonezilla.h"

enum { SECTOR = 512, PAGE = 4096, ENTRY = 446, ENTRY_SIZE = 16, UUID_SIZE = 16, LABEL_SIZE = 16 };
static const char swap_guid[] = "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F";

/* The value behind "key=" in a line, up to a comma; NULL if it has none; to be freed. */
static char *value_of(const char *line, const char *key)
{
	const char *at = strcasestr(line, key);
	size_t len;

	if (!at || at[strlen(key)] != '=')
		return NULL;
	at += strlen(key) + 1;
	at += strspn(at, " \t\"");
	len = strcspn(at, " ,\t\"\n");
	return xstrndup(at, len);
}

static int number_of(const char *line, const char *key, uint64_t scale, uint64_t *ret, struct error *err)
{
	CLEANUP_FREE char *text = value_of(line, key);
	uint64_t n = 0;

	if (!text || parse_u64(text, 0, INT64_MAX, &n, NULL) < 0 || MUL_OVERFLOW(n, scale, ret))
		return error_set(err, ERR_FORMAT, "the line '%s' has no '%s' that is a number", line, key);
	return 0;
}

/* "Id=82" once, "type=82" or "type=0657FD6D-…" today. */
static void learn_type(const char *line, struct clonezilla_part *p)
{
	CLEANUP_FREE char *type = value_of(line, "type"), *id = value_of(line, "Id");
	const char *text = type ? type : id;

	if (!text)
		return;
	p->swap = strcasecmp(text, swap_guid) == 0;
	if (strlen(text) > 2)
		return;
	p->type = strtoul(text, NULL, 16);
	p->swap = p->type == 0x82;
}

static char *file_name(const char *device, size_t len)
{
	char *name = xstrndup(device, len);

	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '-';
	return name;
}

int clonezilla_parts(const char *text, uint64_t sector_size, struct clonezilla_part **ret, size_t *ret_n,
		     struct error *err)
{
	static const char dev[] = "/dev/";
	struct strv lines CLEANUP_STRV = STRV_INIT;
	struct clonezilla_part *parts = NULL;
	size_t n = 0;
	int rc = 0;

	strv_split(&lines, text, "\n");
	for (size_t i = 0; rc == 0 && i < lines.n; i++) {
		const char *line = lines.v[i];
		struct clonezilla_part p = { 0 };

		if (strncmp(line, dev, strlen(dev)) != 0)
			continue;
		rc = number_of(line, "start", sector_size, &p.start, err) < 0 ||
		     number_of(line, "size", sector_size, &p.size, err) < 0 ? -1 : 0;
		if (rc == 0 && n == CLONEZILLA_PARTS_MAX)
			rc = error_set(err, ERR_FORMAT, "more than %d partitions", CLONEZILLA_PARTS_MAX);
		if (rc < 0 || p.size == 0)
			continue;
		line += strlen(dev);
		p.name = file_name(line, strcspn(line, " :"));
		p.bootable = strstr(line, "bootable") != NULL;
		learn_type(line, &p);
		*APPEND(parts, n) = p;
	}
	if (rc < 0) {
		clonezilla_parts_free(parts, n);
		return -1;
	}
	*ret = parts;
	*ret_n = n;
	return 0;
}

void clonezilla_parts_free(struct clonezilla_part *parts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(parts[i].name);
	free(parts);
}

bool clonezilla_is_extended(const struct clonezilla_part *p)
{
	return p->type == 0x05 || p->type == 0x0f || p->type == 0x85;
}

/* Cylinders, heads and sectors of a place that only the sector number says. */
static void put_entry(uint8_t *entry, uint8_t boot, uint8_t type, uint64_t start, uint64_t size)
{
	memcpy(entry, (uint8_t[]){ boot, 0xfe, 0xff, 0xff, type, 0xfe, 0xff, 0xff }, 8);
	put_le32(entry + 8, (uint32_t)(start / SECTOR));
	put_le32(entry + 12, (uint32_t)(size / SECTOR));
}

static bool is_inside(const struct clonezilla_part *p, const struct clonezilla_part *outer)
{
	return p != outer && p->start > outer->start && p->start + p->size <= outer->start + outer->size;
}

/* As far before its partition as the first one is, if there is room. */
static uint64_t place_of(const struct clonezilla_part *p, uint64_t gap, uint64_t previous_end)
{
	uint64_t at = p->start > gap ? p->start - gap : 0;

	return MAX(at, previous_end);
}

int clonezilla_chain(const struct clonezilla_part *parts, size_t n, const uint8_t *boot,
		     struct clonezilla *ret, struct error *err)
{
	const struct clonezilla_part *outer = NULL, *previous = NULL;
	uint8_t *link = NULL;
	uint64_t gap = 0, at = 0;

	for (size_t i = 0; i < n && !outer; i++)
		if (clonezilla_is_extended(&parts[i]))
			outer = &parts[i];
	for (size_t i = 0; outer && i < n; i++) {
		const struct clonezilla_part *p = &parts[i];
		uint8_t *sector;

		if (!is_inside(p, outer))
			continue;
		gap = previous ? gap : p->start - outer->start;
		at = previous ? place_of(p, gap, previous->start + previous->size) : outer->start;
		if (at >= p->start || (previous && p->start < previous->start))
			return error_set(err, ERR_FORMAT, "there is no room for what leads to partition %s", p->name);
		if (link)
			put_entry(link, 0, 0x05, at - outer->start, p->start + p->size - at);
		sector = xcalloc(SECTOR, 1);
		if (!previous && boot)
			memcpy(sector, boot, ENTRY);
		put_entry(sector + ENTRY, p->bootable ? 0x80 : 0, (uint8_t)p->type, p->start - at, p->size);
		memcpy(sector + SECTOR - 2, "\x55\xaa", 2);
		link = sector + ENTRY + ENTRY_SIZE;
		*APPEND(ret->areas, ret->n_areas) = (struct clonezilla_area){
			.start = at, .size = SECTOR, .bytes = sector, .image = STRV_INIT };
		previous = p;
	}
	return 0;
}

static void put_uuid(uint8_t *to, const char *text)
{
	size_t n = 0;

	for (; n < (size_t)UUID_SIZE * 2 && *text; text++) {
		const char *digits = "0123456789abcdef", *at = strchr(digits, *text | 0x20);

		if (*text == '-' || !at)
			continue;
		to[n / 2] = (uint8_t)(to[n / 2] << 4 | (at - digits));
		n++;
	}
}

uint8_t *clonezilla_swap_page(uint64_t size, const char *info)
{
	uint8_t *page = xcalloc(PAGE, 1);
	CLEANUP_FREE char *uuid = value_of(info, "UUID"), *label = value_of(info, "LABEL");

	put_le32(page + 1024, 1);
	put_le32(page + 1028, (uint32_t)(size / PAGE - 1));
	if (uuid)
		put_uuid(page + 1036, uuid);
	if (label)
		memcpy(page + 1052, label, MIN(strlen(label), (size_t)LABEL_SIZE - 1));
	memcpy(page + PAGE - 10, "SWAPSPACE2", 10);
	return page;
}
