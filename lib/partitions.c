// SPDX-License-Identifier: GPL-2.0-or-later
/* Partition tables: MBR with its chain of extended partitions, and GPT. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/base/digest.h"
#include "lib/containers.h"

enum {
	MBR_TABLE = 446, MBR_ENTRY = 16, MBR_ENTRIES = 4,
	TYPE_LDM = 0x42, TYPE_GPT = 0xee,
	CHAIN_MAX = 128,
	GPT_ENTRIES_MAX = 1024, GPT_ENTRY_MAX = 4096,
};

struct mbr_entry {
	uint8_t type;
	uint64_t start, size;	/* [bytes] */
};

static struct mbr_entry mbr_entry(const struct volume *v, const uint8_t *sector, size_t i)
{
	const uint8_t *e = sector + MBR_TABLE + i * MBR_ENTRY;

	return (struct mbr_entry){ e[4], get_le32(e + 8) * v->source->sector_size,
				   get_le32(e + 12) * v->source->sector_size };
}

static bool is_extended(uint8_t type)
{
	return type == 0x05 || type == 0x0f || type == 0x85;
}

/* The boot code of a file system has anything where a table has its flags. */
static bool has_table(const struct volume *v, const uint8_t *sector)
{
	bool some = false;

	if (sector[510] != 0x55 || sector[511] != 0xaa)
		return false;
	for (size_t i = 0; i < MBR_ENTRIES; i++) {
		struct mbr_entry e = mbr_entry(v, sector, i);

		if (sector[MBR_TABLE + i * MBR_ENTRY] & 0x7f)
			return false;
		if (e.type && (e.start == 0 || e.size == 0 || e.start >= v->size))
			return false;
		some |= e.type != 0;
	}
	return some;
}

static int add_partition(struct volume_list *list, const struct volume *disk, size_t number,
			 uint64_t start, uint64_t size, struct error *err)
{
	CLEANUP_FREE char *name = xasprintf("partition %zu", number);
	struct volume *p = APPEND(list->v, list->n);

	volume_begin(p, disk->source, name);
	return volume_add(p, disk, start, size, err);
}

static int broken(struct error *err, const char *why)
{
	return error_set(err, ERR_FORMAT, "partition table: %s", why);
}

/* Each link must lie behind the one before, so that a chain cannot become a loop. */
static int follow_chain(struct volume_list *list, const struct volume *disk,
			const struct mbr_entry *extended, struct error *err)
{
	uint64_t at = extended->start, end = extended->start + extended->size;
	uint8_t sector[512];

	for (size_t number = 5; number < 5 + CHAIN_MAX; number++) {
		struct mbr_entry logical, next;

		if (volume_read(disk, at, sector, sizeof(sector), err) < 0)
			return -1;
		if (sector[510] != 0x55 || sector[511] != 0xaa)
			return broken(err, "the chain of logical partitions is torn");
		logical = mbr_entry(disk, sector, 0);
		next = mbr_entry(disk, sector, 1);
		if (logical.type && logical.size) {
			if (logical.start == 0 || at + logical.start + logical.size > end)
				return broken(err, "a logical partition leaves its frame");
			if (add_partition(list, disk, number, at + logical.start, logical.size,
					  err) < 0)
				return -1;
		}
		if (next.type == 0 || next.size == 0)
			return 0;
		if (!is_extended(next.type) || extended->start + next.start <= at ||
		    extended->start + next.start >= end)
			return broken(err, "the chain of logical partitions runs in a circle");
		at = extended->start + next.start;
	}
	return broken(err, "the chain of logical partitions has no end");
}

static int read_mbr(struct volume_list *list, const struct volume *disk, const uint8_t *sector,
		    struct error *err)
{
	for (size_t i = 0; i < MBR_ENTRIES; i++) {
		struct mbr_entry e = mbr_entry(disk, sector, i);

		if (e.type == 0)
			continue;
		if (is_extended(e.type)) {
			if (follow_chain(list, disk, &e, err) < 0)
				return -1;
			continue;
		}
		if (add_partition(list, disk, i + 1, e.start, e.size, err) < 0)
			return -1;
		if (e.type == TYPE_LDM)
			list->v[list->n - 1].opaque = "a dynamic disk of Windows";
	}
	return 0;
}

static int read_gpt_entries(struct volume_list *list, const struct volume *disk,
			    const uint8_t *table, uint32_t n, uint32_t size, struct error *err)
{
	static const uint8_t none[16];
	static const uint8_t ldm[16] = { 0xa0, 0x60, 0x9b, 0xaf, 0x31, 0x14, 0x62, 0x4f,
					 0xbc, 0x68, 0x33, 0x11, 0x71, 0x4a, 0x69, 0xad };
	uint64_t lba = disk->source->sector_size;

	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *e = table + (size_t)i * size;
		uint64_t first = get_le64(e + 32), last = get_le64(e + 40), start, bytes;

		if (memcmp(e, none, sizeof(none)) == 0)
			continue;
		if (first > last || first == 0 || MUL_OVERFLOW(first, lba, &start) ||
		    MUL_OVERFLOW(last - first + 1, lba, &bytes))
			return broken(err, "a partition has an impossible size");
		if (add_partition(list, disk, i + 1, start, bytes, err) < 0)
			return -1;
		if (memcmp(e, ldm, sizeof(ldm)) == 0)
			list->v[list->n - 1].opaque = "a dynamic disk of Windows";
	}
	return 0;
}

static int read_gpt(struct volume_list *list, const struct volume *disk, struct error *err)
{
	uint64_t lba = disk->source->sector_size, at;
	uint8_t h[512], zero_crc[512];
	CLEANUP_FREE uint8_t *table = NULL;
	uint32_t n, size, header;

	if (volume_read(disk, lba, h, sizeof(h), err) < 0)
		return -1;
	header = get_le32(h + 12);
	n = get_le32(h + 80);
	size = get_le32(h + 84);
	if (memcmp(h, "EFI PART", 8) != 0 || header < 92 || header > sizeof(h))
		return broken(err, "no GPT where the MBR promises one");
	memcpy(zero_crc, h, sizeof(h));
	memset(zero_crc + 16, 0, 4);
	if (crc32_of(zero_crc, header) != get_le32(h + 16))
		return broken(err, "the checksum of the GPT is wrong");
	if (n > GPT_ENTRIES_MAX || size < 128 || size > GPT_ENTRY_MAX ||
	    MUL_OVERFLOW(get_le64(h + 72), lba, &at))
		return broken(err, "the GPT has impossible sizes");
	table = xcalloc(n + 1, size);
	if (volume_read(disk, at, table, (size_t)n * size, err) < 0)
		return -1;
	if (crc32_of(table, (size_t)n * size) != get_le32(h + 88))
		return broken(err, "the checksum of the partitions is wrong");
	return read_gpt_entries(list, disk, table, n, size, err);
}

int partitions_find(const struct volume *v, const uint8_t *head, struct volume_list *ret,
		    struct error *err)
{
	if (!has_table(v, head))
		return 0;
	ret->found = true;
	for (size_t i = 0; i < MBR_ENTRIES; i++)
		if (mbr_entry(v, head, i).type == TYPE_GPT)
			return read_gpt(ret, v, err);
	return read_mbr(ret, v, head, err);
}
