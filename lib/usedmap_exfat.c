// SPDX-License-Identifier: GPL-2.0-or-later
/* exFAT: the allocation bitmap, checked against every file in the tree of folders. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/base/interrupt.h"
#include "lib/usedmap.h"

/* Microsoft, "exFAT file system specification", 3.1, 6 and 7. */
enum {
	BOOT_SECTORS = 11,		/* and one more that holds their checksum  */
	FLAGS = 106, PERCENT = 112,	/* change in use, not in the checksum      */
	FLAG_DIRTY = 2, FLAG_FAILURE = 4,
	ENTRY = 32, ENTRY_IN_USE = 0x80, ENTRY_SECONDARY = 0x40, ENTRY_BENIGN = 0x20,
	ENTRY_BITMAP = 0x81, ENTRY_UPCASE = 0x82, ENTRY_LABEL = 0x83, ENTRY_FILE = 0x85,
	 ENTRY_STREAM = 0xc0,
	SECONDARIES_MAX = 18,
	ATTRIBUTE_FOLDER = 0x10,
	STREAM_ALLOCATED = 1, STREAM_CONTIGUOUS = 2,
	PIECE = 64 << 10,		/* bytes of bitmap or table read at once   */
	FIRST = 2,			/* number of the first cluster             */
	CLUSTERS_MAX = 1 << 28,
};
#define END_OF_CHAIN 0xffffffffU

struct stream {
	uint32_t first;
	uint64_t size;		/* [bytes]; a folder's root has none: up to the end of its chain */
	bool contiguous, root;
};

struct exfat {
	const struct volume *v;
	uint64_t sector, cluster;	/* [bytes] */
	uint64_t fat, heap;		/* [bytes] */
	uint32_t clusters, root;
	uint64_t budget;		/* clusters that may still be walked over */
	struct ranges *used;
	struct stream *folders;		/* still to be read */
	size_t n_folders;
	uint8_t *table;			/* a piece of the table of chains */
	uint64_t table_at;		/* its first byte; UINT64_MAX: none */
};

static int broken(struct error *err, const char *what)
{
	return error_set(err, ERR_FORMAT, "%s", what);
}

static bool looks_like(const uint8_t *head)
{
	return memcmp(head + 3, "EXFAT   ", 8) == 0;
}

/* The last of the twelve sectors repeats a checksum of the others. */
static int check_boot(const struct exfat *x, struct error *err)
{
	size_t sector = (size_t)x->sector;
	CLEANUP_FREE uint8_t *b = xmalloc((BOOT_SECTORS + 1) * sector);
	uint32_t sum = 0;

	if (volume_read(x->v, 0, b, (BOOT_SECTORS + 1) * sector, err) < 0)
		return -1;
	for (size_t i = 0; i < BOOT_SECTORS * sector; i++)
		if (i != FLAGS && i != FLAGS + 1 && i != PERCENT)
			sum = (sum << 31 | sum >> 1) + b[i];
	for (size_t i = 0; i < sector; i += 4)
		if (get_le32(b + BOOT_SECTORS * sector + i) != sum)
			return broken(err, "the checksum of its boot sectors is wrong");
	return 0;
}

static int parse_boot(struct exfat *x, const uint8_t *b, struct error *err)
{
	unsigned int sector = b[108], cluster = b[109];
	uint64_t sectors = get_le64(b + 72), fat_sectors = get_le32(b + 84), bytes;

	if (sector < 9 || sector > 12 || cluster > 25 - sector)
		return broken(err, "the sizes in its boot sector are impossible");
	x->sector = UINT64_C(1) << sector;
	x->cluster = x->sector << cluster;
	x->fat = get_le32(b + 80) * x->sector;
	x->heap = get_le32(b + 88) * x->sector;
	x->clusters = get_le32(b + 92);
	x->root = get_le32(b + 96);
	if (check_boot(x, err) < 0)
		return -1;
	if (b[110] != 1)
		return broken(err, "has more than one table of chains");
	if (get_le16(b + FLAGS) & FLAG_DIRTY)
		return broken(err, "was not closed properly");
	if (get_le16(b + FLAGS) & FLAG_FAILURE)
		return broken(err, "has seen failures of its disk");
	if (MUL_OVERFLOW(sectors, x->sector, &bytes) || bytes > x->v->size || x->clusters == 0 ||
	    x->clusters > CLUSTERS_MAX || x->heap + x->clusters * x->cluster > bytes ||
	    x->fat < 24 * x->sector || x->fat + fat_sectors * x->sector > x->heap ||
	    (x->clusters + UINT64_C(2)) * 4 > fat_sectors * x->sector)
		return broken(err, "the sizes in its boot sector are impossible");
	return 0;
}

static bool is_cluster(const struct exfat *x, uint64_t n)
{
	return n >= FIRST && n < x->clusters + (uint64_t)FIRST;
}

static uint64_t place(const struct exfat *x, uint64_t cluster)
{
	return x->heap + (cluster - FIRST) * x->cluster;
}

/* The cluster behind another one. */
static int next_cluster(struct exfat *x, uint32_t cluster, uint32_t *ret, struct error *err)
{
	uint64_t at = (uint64_t)cluster * 4, from = at / PIECE * PIECE;
	uint64_t size = (x->clusters + UINT64_C(2)) * 4;

	if (x->table_at != from) {
		x->table_at = UINT64_MAX;
		if (volume_read(x->v, x->fat + from, x->table,
				(size_t)MIN(size - from, (uint64_t)PIECE), err) < 0)
			return -1;
		x->table_at = from;
	}
	*ret = get_le32(x->table + (at - from));
	return 0;
}

typedef int visitor(struct exfat *x, void *arg, uint64_t at, uint64_t len, struct error *err);

/* Go over the clusters of a stream, from the first one to the last. */
static int walk(struct exfat *x, const struct stream *s, visitor *visit, void *arg,
		struct error *err)
{
	uint64_t left = s->root ? UINT64_MAX
				: s->size / x->cluster + (s->size % x->cluster != 0);
	uint32_t cluster = s->first;

	for (; left; left--) {
		if (cluster == END_OF_CHAIN && s->root)
			return 0;
		if (!is_cluster(x, cluster))
			return broken(err, "a file leaves it");
		if (x->budget-- == 0)
			return broken(err, "its files run in a circle");
		if (visit(x, arg, place(x, cluster), x->cluster, err) < 0)
			return -1;
		if (s->contiguous)
			cluster++;
		else if (next_cluster(x, cluster, &cluster, err) < 0)
			return -1;
	}
	return s->contiguous || cluster == END_OF_CHAIN || s->size == 0
		? 0 : broken(err, "a file is longer than it says");
}

/* Bytes of the bitmap, one cluster after the other. @arg: how many of them are done. */
static int take_bits(struct exfat *x, void *arg, uint64_t at, uint64_t len, struct error *err)
{
	CLEANUP_FREE uint8_t *piece = xmalloc(PIECE);
	uint64_t *done = arg, bytes = (x->clusters + UINT64_C(7)) / 8;

	for (len = MIN(len, bytes - *done); len;) {
		size_t part = (size_t)MIN(len, (uint64_t)PIECE);
		uint64_t first = *done * 8;

		if (interrupt_check(err) < 0 || volume_read(x->v, at, piece, part, err) < 0)
			return -1;
		usedmap_add_bits(x->used, piece, first, MIN(part * UINT64_C(8), x->clusters - first),
				 x->cluster, x->heap);
		*done += part;
		at += part;
		len -= part;
	}
	return 0;
}

static int check_marked(struct exfat *x, void *arg, uint64_t at, uint64_t len, struct error *err)
{
	(void)arg;
	return ranges_has(x->used, at, at + len)
		? 0 : broken(err, "a file lies where its map says nothing is");
}

/* Entries come in sets, which can cross clusters. */
struct folder {
	uint8_t set[(SECONDARIES_MAX + 1) * ENTRY];
	size_t n, want;		/* entries of the set that is being read; 0: none */
	bool ended;
	bool system;		/* only look for the map and the table of letters */
	struct stream map, upcase;
};

static uint16_t set_checksum(const uint8_t *set, size_t len)
{
	uint16_t sum = 0;

	for (size_t i = 0; i < len; i++)
		if (i != 2 && i != 3)
			sum = (uint16_t)((uint16_t)(sum << 15 | sum >> 1) + set[i]);
	return sum;
}

static struct stream stream_of(const uint8_t *e)
{
	return (struct stream){ .first = get_le32(e + 20), .size = get_le64(e + 24) };
}

static int take_set(struct exfat *x, const struct folder *f, struct error *err)
{
	const uint8_t *e = f->set + ENTRY;
	struct stream s = stream_of(e);

	if (set_checksum(f->set, f->want * ENTRY) != get_le16(f->set + 2) || e[0] != ENTRY_STREAM)
		return broken(err, "an entry of a folder is damaged");
	if (!(e[1] & STREAM_ALLOCATED) || s.size == 0)
		return 0;
	s.contiguous = e[1] & STREAM_CONTIGUOUS;
	if (walk(x, &s, check_marked, NULL, err) < 0)
		return -1;
	if (get_le16(f->set + 4) & ATTRIBUTE_FOLDER)
		*APPEND(x->folders, x->n_folders) = s;
	return 0;
}

static int begin_set(struct folder *f, const uint8_t *e, struct error *err)
{
	f->want = e[1] + (size_t)1;
	if (f->want < 3 || f->want > SECONDARIES_MAX + 1)
		return broken(err, "an entry of a folder is damaged");
	memcpy(f->set, e, ENTRY);
	f->n = 1;
	return 0;
}

static int take_entry(struct exfat *x, struct folder *f, const uint8_t *e, struct error *err)
{
	if (f->n) {
		if ((e[0] & (ENTRY_IN_USE | ENTRY_SECONDARY)) != (ENTRY_IN_USE | ENTRY_SECONDARY))
			return broken(err, "an entry of a folder is torn");
		memcpy(f->set + f->n++ * ENTRY, e, ENTRY);
		if (f->n < f->want)
			return 0;
		f->n = 0;
		return f->system ? 0 : take_set(x, f, err);
	}
	if (e[0] == 0)
		f->ended = true;
	if (!(e[0] & ENTRY_IN_USE))
		return 0;
	if (e[0] == ENTRY_FILE)
		return begin_set(f, e, err);
	if (e[0] == ENTRY_BITMAP && !(e[1] & 1))
		f->map = stream_of(e);
	else if (e[0] == ENTRY_UPCASE)
		f->upcase = stream_of(e);
	else if (e[0] != ENTRY_LABEL && !(e[0] & ENTRY_BENIGN))
		return broken(err, "an entry of a folder is damaged");
	return 0;
}

static int take_entries(struct exfat *x, void *arg, uint64_t at, uint64_t len, struct error *err)
{
	CLEANUP_FREE uint8_t *piece = xmalloc(PIECE);
	struct folder *f = arg;

	for (uint64_t pos = 0; pos < len && !f->ended; pos += PIECE) {
		size_t part = (size_t)MIN(len - pos, (uint64_t)PIECE);

		if (interrupt_check(err) < 0 || volume_read(x->v, at + pos, piece, part, err) < 0)
			return -1;
		for (size_t i = 0; i < part && !f->ended; i += ENTRY)
			if (take_entry(x, f, piece + i, err) < 0)
				return -1;
	}
	return 0;
}

/* Every cluster of a folder has a place in its chain, also those behind its last entry. */
static int read_folder(struct exfat *x, const struct stream *s, struct folder *f, struct error *err)
{
	if (walk(x, s, take_entries, f, err) < 0)
		return -1;
	return f->n ? broken(err, "an entry of a folder is torn") : 0;
}

/* Map, table of letters and the folder at the top must be marked in the map, as every file. */
static int read_map(struct exfat *x, const struct stream *root, struct error *err)
{
	struct folder f = { .system = true };
	uint64_t done = 0;

	if (read_folder(x, root, &f, err) < 0)
		return -1;
	if (f.map.size != (x->clusters + UINT64_C(7)) / 8 || f.upcase.size == 0)
		return broken(err, "its map is missing or has another size");
	return walk(x, &f.map, take_bits, &done, err) < 0 ||
	       walk(x, &f.map, check_marked, NULL, err) < 0 ||
	       walk(x, &f.upcase, check_marked, NULL, err) < 0 ||
	       walk(x, root, check_marked, NULL, err) < 0 ? -1 : 0;
}

static int check_files(struct exfat *x, const struct stream *root, struct error *err)
{
	*APPEND(x->folders, x->n_folders) = *root;
	while (x->n_folders) {
		struct stream s = x->folders[--x->n_folders];
		struct folder f = { 0 };

		if (read_folder(x, &s, &f, err) < 0)
			return -1;
	}
	return 0;
}

static int read_exfat(const struct volume *v, struct ranges *ret_used, uint64_t *ret_end,
		      struct error *err)
{
	CLEANUP_FREE uint8_t *table = xmalloc(PIECE);
	struct exfat x = { .v = v, .used = ret_used, .table = table, .table_at = UINT64_MAX };
	struct stream root = { .root = true };
	uint8_t boot[512];
	int rc = 0;

	if (volume_read(v, 0, boot, sizeof(boot), err) < 0 || parse_boot(&x, boot, err) < 0)
		return -1;
	root.first = x.root;
	/* each cluster twice, and what is looked at before the files */
	x.budget = 2 * (uint64_t)x.clusters + 4096;
	ranges_add(ret_used, 0, x.heap);
	if (read_map(&x, &root, err) < 0 || check_files(&x, &root, err) < 0)
		rc = -1;
	free(x.folders);
	*ret_end = x.heap + x.clusters * x.cluster;
	return rc;
}

const struct usedmap_reader usedmap_exfat = {
	.name = "exfat",
	.looks_like = looks_like,
	.read = read_exfat,
};
