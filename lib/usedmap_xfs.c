// SPDX-License-Identifier: GPL-2.0-or-later
/* XFS: the two trees of free space in each allocation group, which must tell the same. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/base/interrupt.h"
#include "lib/usedmap.h"

/* Linux, fs/xfs/libxfs/xfs_format.h and xfs_log_format.h. */
enum {
	AG_MAX = 1 << 20, LEVELS_MAX = 10,
	BLOCK_MIN = 512, BLOCK_MAX = 65536,
	HEADER_SHORT = 16, HEADER_CRC = 56,
	NULL_BLOCK = -1,
	LOG_BLOCK = 512, LOG_MAGIC_SIZE = 4, LOG_RECORD_MAX = 256 << 10,
	UNMOUNT_FLAG = 0x20,
	FREE_MAX = 1 << 20,		/* free extents in one group */
};
#define LOG_MAGIC 0xfeedbabeU

struct xfs {
	const struct volume *v;
	uint64_t block, blocks;		/* size [bytes], number         */
	uint64_t ag_blocks, ag_count, sector;
	uint64_t log_start, log_size;	/* [bytes]                      */
	bool crc;			/* version 5                    */
	uint8_t *node;			/* one block                    */
};

struct extent {
	uint32_t start, len;
};

struct free_list {
	struct extent *v;
	size_t n;
	uint64_t total, budget;		/* blocks that are free; nodes that may be read */
};

static int broken(struct error *err, const char *what)
{
	return error_set(err, ERR_FORMAT, "%s", what);
}

static bool looks_like(const uint8_t *head)
{
	return memcmp(head, "XFSB", 4) == 0;
}

static int parse_super(struct xfs *x, const uint8_t *b, struct error *err)
{
	unsigned int agblklog = b[124], version = get_be16(b + 100) & 15;
	uint64_t start = get_be64(b + 48), size, ag;

	x->block = get_be32(b + 4);
	x->blocks = get_be64(b + 8);
	x->ag_blocks = get_be32(b + 84);
	x->ag_count = get_be32(b + 88);
	x->sector = get_be16(b + 102);
	x->crc = version == 5;
	if (x->block < BLOCK_MIN || x->block > BLOCK_MAX || (x->block & (x->block - 1)) ||
	    x->ag_blocks == 0 || x->ag_count == 0 || x->ag_count > AG_MAX || x->sector < 512 ||
	    x->sector > x->block || agblklog > 31 || (version != 4 && version != 5) ||
	    MUL_OVERFLOW(x->blocks, x->block, &size) || size > x->v->size ||
	    x->ag_count != (x->blocks + x->ag_blocks - 1) / x->ag_blocks)
		return broken(err, "the sizes in its superblock are impossible");
	if (get_be64(b + 16))
		return broken(err, "has a part for real time");
	if (start == 0)
		return broken(err, "keeps its journal elsewhere");
	ag = start >> agblklog;
	start = ag * x->ag_blocks + (start & ((UINT64_C(1) << agblklog) - 1));
	x->log_size = get_be32(b + 96) * x->block;
	if (start >= x->blocks || x->log_size < 4 * LOG_RECORD_MAX ||
	    x->log_size > (x->blocks - start) * x->block)
		return broken(err, "its journal is not where it should be");
	x->log_start = start * x->block;
	return 0;
}

static int log_read(const struct xfs *x, uint64_t lbb, void *buf, size_t blocks, struct error *err)
{
	return volume_read(x->v, x->log_start + lbb * LOG_BLOCK, buf, blocks * LOG_BLOCK, err);
}

/* The number of the turn stands at the front of every block, or behind a header's magic number. */
static int log_cycle(const struct xfs *x, uint64_t lbb, uint32_t *ret, struct error *err)
{
	uint8_t b[LOG_BLOCK];

	if (log_read(x, lbb, b, 1, err) < 0)
		return -1;
	*ret = get_be32(b) == LOG_MAGIC ? get_be32(b + LOG_MAGIC_SIZE) : get_be32(b);
	return 0;
}

/* The first block of the older turn: where the next record would be written. */
static int log_head(const struct xfs *x, uint64_t *ret, struct error *err)
{
	uint64_t low = 0, high = x->log_size / LOG_BLOCK - 1;
	uint32_t first, last, cycle;

	if (log_cycle(x, 0, &first, err) < 0 || log_cycle(x, high, &last, err) < 0)
		return -1;
	if (first == last) {
		*ret = high + 1;
		return 0;
	}
	while (high - low > 1) {
		uint64_t mid = low + (high - low) / 2;

		if (log_cycle(x, mid, &cycle, err) < 0)
			return -1;
		if (cycle == first)
			low = mid;
		else
			high = mid;
	}
	*ret = high;
	return 0;
}

/* Closed properly: the last record holds one operation, and that is the unmount. */
static int check_log(const struct xfs *x, struct error *err)
{
	enum { BACK = LOG_RECORD_MAX / LOG_BLOCK + 64 };
	CLEANUP_FREE uint8_t *tail = xmalloc(BACK * LOG_BLOCK);
	uint64_t head, from;
	size_t n;

	if (log_head(x, &head, err) < 0)
		return -1;
	from = head > BACK ? head - BACK : 0;
	n = (size_t)(head - from);
	if (log_read(x, from, tail, n, err) < 0)
		return -1;
	for (size_t i = n; i > 0; i--) {
		const uint8_t *record = tail + (i - 1) * LOG_BLOCK;

		if (get_be32(record) != LOG_MAGIC)
			continue;
		/* operations: number at 40; the first one's flags in the next block at 9 */
		if (i < n && get_be32(record + 40) == 1 && record[LOG_BLOCK + 9] == UNMOUNT_FLAG)
			return 0;
		return broken(err, "its journal was not played back");
	}
	return broken(err, "its journal is damaged");
}

static uint64_t ag_size(const struct xfs *x, uint64_t ag)
{
	return MIN(x->ag_blocks, x->blocks - ag * x->ag_blocks);
}

static int read_node(const struct xfs *x, uint64_t ag, uint32_t block, const char *magic,
		     unsigned int level, struct error *err)
{
	if (block == 0 || block >= ag_size(x, ag))
		return broken(err, "a tree of free space leaves its group");
	if (volume_read(x->v, (ag * x->ag_blocks + block) * x->block, x->node, x->block, err) < 0)
		return -1;
	if (memcmp(x->node, magic, 4) != 0 || get_be16(x->node + 4) != level)
		return broken(err, "a tree of free space is damaged");
	return 0;
}

/* Down the left side to the leaves, then along them from left to right. */
static int read_tree(const struct xfs *x, uint64_t ag, uint32_t root, unsigned int levels,
		     const char *magic, struct free_list *ret, struct error *err)
{
	size_t header = x->crc ? HEADER_CRC : HEADER_SHORT, most;
	uint32_t block = root;

	if (levels == 0 || levels > LEVELS_MAX)
		return broken(err, "a tree of free space is damaged");
	for (unsigned int level = levels - 1; level > 0; level--) {
		most = (x->block - header) / (8 + 4);
		if (read_node(x, ag, block, magic, level, err) < 0)
			return -1;
		block = get_be32(x->node + header + most * 8);
	}
	while (block != (uint32_t)NULL_BLOCK) {
		size_t n;

		if (ret->budget-- == 0)
			return broken(err, "a tree of free space runs in a circle");
		if (read_node(x, ag, block, magic, 0, err) < 0)
			return -1;
		n = get_be16(x->node + 6);
		if (n > (x->block - header) / 8 || ret->n + n > FREE_MAX)
			return broken(err, "a tree of free space is damaged");
		for (size_t i = 0; i < n; i++) {
			const uint8_t *rec = x->node + header + 8 * i;
			struct extent e = { get_be32(rec), get_be32(rec + 4) };

			if (e.len == 0 || e.start >= ag_size(x, ag) ||
			    e.len > ag_size(x, ag) - e.start)
				return broken(err, "a free area leaves its group");
			*APPEND(ret->v, ret->n) = e;
			ret->total += e.len;
		}
		block = get_be32(x->node + 12);
	}
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Both trees hold the same areas, one sorted by place, one by size; and the group knows the sum. */
static int compare(struct free_list *by_place, struct free_list *by_size, uint64_t stated,
		   struct error *err)
{
	if (by_size->n)
		qsort(by_size->v, by_size->n, sizeof(by_size->v[0]), by_start);
	if (by_place->n != by_size->n || by_place->total != stated ||
	    (by_place->n &&
	     memcmp(by_place->v, by_size->v, by_place->n * sizeof(by_place->v[0])) != 0))
		return broken(err, "its two trees of free space contradict each other");
	for (size_t i = 1; i < by_place->n; i++)
		if (by_place->v[i].start < by_place->v[i - 1].start + by_place->v[i - 1].len)
			return broken(err, "free areas overlap");
	return 0;
}

static void take_group(const struct xfs *x, uint64_t ag, const struct free_list *free_areas,
		       struct ranges *used)
{
	uint64_t base = ag * x->ag_blocks * x->block, pos = 0;

	for (size_t i = 0; i < free_areas->n; i++) {
		ranges_add(used, base + pos, base + free_areas->v[i].start * x->block);
		pos = (free_areas->v[i].start + (uint64_t)free_areas->v[i].len) * x->block;
	}
	ranges_add(used, base + pos, base + ag_size(x, ag) * x->block);
}

static int read_group(const struct xfs *x, uint64_t ag, struct ranges *used, struct error *err)
{
	struct free_list place = { .budget = x->ag_blocks }, size = { .budget = x->ag_blocks };
	uint8_t agf[512];
	int rc;

	if (volume_read(x->v, ag * x->ag_blocks * x->block + x->sector, agf, sizeof(agf), err) < 0)
		return -1;
	if (memcmp(agf, "XAGF", 4) != 0 || get_be32(agf + 8) != ag ||
	    get_be32(agf + 12) != ag_size(x, ag))
		return broken(err, "the header of an allocation group is damaged");
	rc = read_tree(x, ag, get_be32(agf + 16), get_be32(agf + 28), x->crc ? "AB3B" : "ABTB",
		       &place, err);
	if (rc == 0)
		rc = read_tree(x, ag, get_be32(agf + 20), get_be32(agf + 32),
			       x->crc ? "AB3C" : "ABTC", &size, err);
	if (rc == 0)
		rc = compare(&place, &size, get_be32(agf + 52), err);
	if (rc == 0)
		take_group(x, ag, &place, used);
	free(place.v);
	free(size.v);
	return rc;
}

static int read_xfs(const struct volume *v, struct ranges *ret_used, uint64_t *ret_end,
		    struct error *err)
{
	struct xfs x = { .v = v };
	CLEANUP_FREE uint8_t *node = NULL;
	uint8_t super[512];

	if (volume_read(v, 0, super, sizeof(super), err) < 0 || parse_super(&x, super, err) < 0 ||
	    check_log(&x, err) < 0)
		return -1;
	node = xmalloc(x.block);
	x.node = node;
	for (uint64_t ag = 0; ag < x.ag_count; ag++)
		if (interrupt_check(err) < 0 || read_group(&x, ag, ret_used, err) < 0)
			return -1;
	*ret_end = x.blocks * x.block;
	return 0;
}

const struct usedmap_reader usedmap_xfs = {
	.name = "xfs",
	.looks_like = looks_like,
	.read = read_xfs,
};
