// SPDX-License-Identifier: GPL-2.0-or-later
/* FAT12, FAT16 and FAT32: the table is the map; both of its copies must agree. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/fatfs.h"
#include "lib/usedmap.h"

/* Microsoft, "FAT: General Overview of On-Disk Format", 1.03: the number of clusters is the type. */
enum { FAT12_CLUSTERS = 4085, FAT16_CLUSTERS = 65525, FAT32_CLUSTERS = 0x0ffffff5 };
enum { PIECE = 48 << 10 };	/* bytes of a table read at once: whole entries of 12, 16, 32 bits */

struct fat {
	uint64_t sector, cluster;	/* [bytes] */
	uint64_t table, table_size;	/* first copy [bytes] */
	uint64_t data, end;		/* first cluster, end of the last [bytes] */
	uint64_t clusters;
	unsigned int bits;		/* of an entry */
};

static bool power_of_two(uint64_t n)
{
	return n && (n & (n - 1)) == 0;
}

static bool looks_like(const uint8_t *head)
{
	uint16_t sector = get_le16(head + 11);

	return (head[0] == 0xeb || head[0] == 0xe9) && sector >= 512 && sector <= 4096 &&
	       power_of_two(sector) && power_of_two(head[13]) && get_le16(head + 14) > 0 &&
	       head[16] >= 1 && head[16] <= 4 && (head[21] == 0xf0 || head[21] >= 0xf8) &&
	       (get_le16(head + 22) || get_le32(head + 36));
}

static int parse_boot(const uint8_t *b, uint64_t volume_size, struct fat *ret, struct error *err)
{
	uint64_t sectors = get_le16(b + 19) ? get_le16(b + 19) : get_le32(b + 32);
	uint64_t table = get_le16(b + 22) ? get_le16(b + 22) : get_le32(b + 36);
	struct fat f = { .sector = get_le16(b + 11) };
	uint64_t root, before;

	if (!looks_like(b))
		return error_set(err, ERR_FORMAT, "has no boot sector");
	root = ((uint64_t)get_le16(b + 17) * 32 + f.sector - 1) / f.sector;
	before = get_le16(b + 14) + 2 * table + root;
	f.cluster = f.sector * b[13];
	if (b[16] != 2)
		return error_set(err, ERR_FORMAT, "has %d copies of its table, not 2", b[16]);
	if (before >= sectors || sectors * f.sector > volume_size)
		return error_set(err, ERR_FORMAT, "the sizes in its boot sector are impossible");
	f.table = get_le16(b + 14) * f.sector;
	f.table_size = table * f.sector;
	f.data = before * f.sector;
	f.clusters = (sectors - before) / b[13];
	f.end = f.data + f.clusters * f.cluster;
	f.bits = f.clusters < FAT12_CLUSTERS ? 12 : f.clusters < FAT16_CLUSTERS ? 16 : 32;
	if (f.clusters == 0 || f.clusters >= FAT32_CLUSTERS ||
	    (f.clusters + 2) * f.bits > f.table_size * 8)
		return error_set(err, ERR_FORMAT, "its table is too short for its clusters");
	if ((f.bits == 32) != (get_le16(b + 22) == 0) || (f.bits == 32 && get_le16(b + 17)))
		return error_set(err, ERR_FORMAT, "its boot sector contradicts itself");
	if (f.bits == 32 && (get_le16(b + 40) & 0x80))
		return error_set(err, ERR_FORMAT, "the copies of its table are not kept alike");
	if (b[f.bits == 32 ? 65 : 37] & 1)
		return error_set(err, ERR_FORMAT, "was not closed properly");
	*ret = f;
	return 0;
}

/* Entry number @i of a piece of the table. */
static uint32_t entry(const uint8_t *piece, size_t i, unsigned int bits)
{
	if (bits == 32)
		return get_le32(piece + 4 * i) & 0x0fffffff;
	if (bits == 16)
		return get_le16(piece + 2 * i);
	return i & 1 ? get_le16(piece + i / 2 * 3 + 1) >> 4 : get_le16(piece + i / 2 * 3) & 0xfff;
}

/* Entry 0 repeats the medium; entry 1 says whether the volume was closed (not in FAT12). */
static int check_first(const uint8_t *table, uint8_t medium, unsigned int bits, struct error *err)
{
	uint32_t closed = bits == 32 ? 0x08000000 : bits == 16 ? 0x8000 : 0;
	uint32_t all = bits == 32 ? 0x0fffff00 : bits == 16 ? 0xff00 : 0xf00;

	if (entry(table, 0, bits) != (all | medium))
		return error_set(err, ERR_FORMAT, "its table does not begin like one");
	if ((entry(table, 1, bits) & closed) != closed)
		return error_set(err, ERR_FORMAT, "was not closed properly");
	return 0;
}

static int read_piece(const struct volume *v, const struct fat *f, uint64_t at, uint8_t *piece,
		      uint8_t *copy, size_t len, struct error *err)
{
	if (volume_read(v, f->table + at, piece, len, err) < 0 ||
	    volume_read(v, f->table + f->table_size + at, copy, len, err) < 0)
		return -1;
	if (memcmp(piece, copy, len) != 0)
		return error_set(err, ERR_FORMAT, "the copies of its table differ");
	return 0;
}

static void take_entries(const struct fat *f, const uint8_t *piece, uint64_t first, size_t n,
			 struct ranges *used)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t at = f->data + (first + i - 2) * f->cluster;

		if (first + i >= 2 && first + i < f->clusters + 2 && entry(piece, i, f->bits))
			ranges_add(used, at, at + f->cluster);
	}
}

static int read_fat(const struct volume *v, struct ranges *ret_used, uint64_t *ret_end,
		    struct error *err)
{
	CLEANUP_FREE uint8_t *piece = xmalloc(PIECE), *copy = xmalloc(PIECE);
	uint8_t boot[512];
	struct fat f = { 0 };

	if (volume_read(v, 0, boot, sizeof(boot), err) < 0 ||
	    parse_boot(boot, v->size, &f, err) < 0)
		return -1;
	ranges_add(ret_used, 0, f.data);
	for (uint64_t at = 0; at < f.table_size; at += PIECE) {
		size_t len = (size_t)MIN(f.table_size - at, (uint64_t)PIECE);

		if (read_piece(v, &f, at, piece, copy, len, err) < 0 ||
		    (at == 0 && check_first(piece, boot[21], f.bits, err) < 0))
			return -1;
		take_entries(&f, piece, at * 8 / f.bits, len * 8 / f.bits, ret_used);
	}
	*ret_end = f.end;
	return 0;
}

/* The table is asked for a few bytes at a time: the last piece is kept. */
struct bytes {
	const struct volume *v;
	uint64_t at;
	size_t len;
	uint8_t *piece;
};

static int read_bytes(void *ctx, uint64_t at, void *buf, size_t len)
{
	struct bytes *b = ctx;

	if (len > PIECE)
		return volume_read(b->v, at, buf, len, NULL);
	if (at < b->at || at + len > b->at + b->len) {
		b->at = at;
		b->len = 0;
		if (volume_read(b->v, at, b->piece, (size_t)MIN(b->v->size - at, (uint64_t)PIECE), NULL) < 0)
			return -1;
		b->len = (size_t)MIN(b->v->size - at, (uint64_t)PIECE);
	}
	memcpy(buf, b->piece + (at - b->at), len);
	return 0;
}

static int name_files(const struct volume *v, const struct ranges *areas, struct strv *ret,
		      struct error *err)
{
	CLEANUP_FREE uint8_t *piece = xmalloc(PIECE);
	struct bytes bytes = { .v = v, .piece = piece };
	struct reader reader = { read_bytes, &bytes, v->size };
	struct fatfs fs;

	return fatfs_open(&fs, &reader, err) < 0 ? -1 : fatfs_files_in(&fs, areas, ret, NULL, err);
}

const struct usedmap_reader usedmap_fat = {
	.name = "fat",
	.looks_like = looks_like,
	.read = read_fat,
	.name_files = name_files,
};
