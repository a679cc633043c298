// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of a qcow2 image that is being written: where each cluster lies, how often it is used. */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/part_file.h"
#include "lib/qcow2.h"

/* Bits of table entries; for 64 KiB clusters a compressed entry has its sector count from bit 54 on. */
#define FLAG_COPIED (UINT64_C(1) << 63)
#define FLAG_COMPRESSED (UINT64_C(1) << 62)
#define FLAG_ZERO UINT64_C(1)
enum { SECTORS_SHIFT = 54, NO_TABLE_BITS = 63, HEADER_LENGTH = 112, BACKING_MAX = 1023 };
#define NO_TABLE (UINT64_C(1) << NO_TABLE_BITS)
#define FILE_MAX (UINT64_C(1) << SECTORS_SHIFT)

static int write_all(const struct qcow2 *w, const void *data, size_t len, uint64_t offset, struct error *err)
{
	const uint8_t *at = data;

	if (w->parts)
		return part_file_write(w->parts, data, len, offset, err);
	while (len) {
		ssize_t put = pwrite(w->fd, at, len, (off_t)(w->start + offset));

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return error_sys(err, put < 0 ? errno : ENOSPC, "write the image");
		at += put;
		offset += (uint64_t)put;
		len -= (size_t)put;
	}
	return 0;
}

static int read_table(const struct qcow2 *w, uint64_t offset, struct error *err)
{
	ssize_t got;

	if (w->parts)
		return part_file_read(w->parts, w->table, QCOW2_CLUSTER, offset, err);
	do {
		got = pread(w->fd, w->table, QCOW2_CLUSTER, (off_t)(w->start + offset));
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_sys(err, errno, "read the image");
	if (got != QCOW2_CLUSTER)
		return error_set(err, ERR_FORMAT, "the image lost its end while it was written");
	return 0;
}

int qcow2_begin(struct qcow2 *ret, int fd, uint64_t size, const char *backing,
		const char *backing_format, struct error *err)
{
	const uint64_t covered = (uint64_t)QCOW2_CLUSTER * QCOW2_TABLE;
	struct qcow2 w = QCOW2_INIT;

	if (size == 0 || size > QCOW2_DISK_MAX)
		return error_set(err, ERR_UNSUPPORTED, "a disk of %" PRIu64 " bytes", size);
	if (backing && strlen(backing) > BACKING_MAX)
		return error_set(err, ERR_UNSUPPORTED, "the path '%s' is too long", backing);
	w.fd = fd;
	w.size = size;
	w.end = QCOW2_CLUSTER;
	w.backing = backing ? xstrdup(backing) : NULL;
	w.backing_format = backing ? xstrdup(backing_format) : NULL;
	w.n_l1 = (size_t)(size / covered + (size % covered != 0));
	w.l1 = xcalloc(w.n_l1, sizeof(w.l1[0]));
	w.table = xcalloc(QCOW2_TABLE, sizeof(w.table[0]));
	w.table_index = NO_TABLE;
	w.refs = xcalloc(2 * (size_t)QCOW2_REFS, sizeof(w.refs[0]));
	w.refs[0] = 1;	/* the header */
	*ret = w;
	return 0;
}

void qcow2_clear(struct qcow2 *w)
{
	free(w->backing);
	free(w->backing_format);
	free(w->l1);
	free(w->table);
	free(w->ref_table);
	free(w->refs);
	*w = (struct qcow2)QCOW2_INIT;
}

static void count_reference(struct qcow2 *w, uint64_t cluster)
{
	w->refs[cluster - (uint64_t)w->n_ref_table * QCOW2_REFS]++;
}

static uint64_t aligned(uint64_t offset)
{
	return (offset + QCOW2_CLUSTER - 1) / QCOW2_CLUSTER * QCOW2_CLUSTER;
}

/* A whole cluster at the end of the file. */
static uint64_t take_cluster(struct qcow2 *w)
{
	uint64_t offset = aligned(w->end);

	count_reference(w, offset / QCOW2_CLUSTER);
	w->end = offset + QCOW2_CLUSTER;
	return offset;
}

static void refs_to_disk(uint16_t *to, const uint16_t *from)
{
	for (size_t i = 0; i < QCOW2_REFS; i++)
		to[i] = htobe16(from[i]);
}

static int write_refs(struct qcow2 *w, uint64_t offset, struct error *err)
{
	CLEANUP_FREE uint16_t *block = xmalloc(QCOW2_CLUSTER);

	refs_to_disk(block, w->refs);
	if (write_all(w, block, QCOW2_CLUSTER, offset, err) < 0)
		return -1;
	*APPEND(w->ref_table, w->n_ref_table) = offset;
	memmove(w->refs, w->refs + QCOW2_REFS, QCOW2_CLUSTER);
	memset(w->refs + QCOW2_REFS, 0, QCOW2_CLUSTER);
	return 0;
}

/* Everything is placed in ascending order: a block is done when the end has passed what it counts. */
static int flush_refs(struct qcow2 *w, struct error *err)
{
	while (w->end / QCOW2_CLUSTER / QCOW2_REFS > w->n_ref_table)
		if (write_refs(w, take_cluster(w), err) < 0)
			return -1;
	return 0;
}

static void table_to_disk(uint64_t *to, const uint64_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = htobe64(from[i]);
}

/* The mapping table in memory gets its place in the file when it is left for the first time. */
static int flush_table(struct qcow2 *w, struct error *err)
{
	CLEANUP_FREE uint64_t *table = NULL;

	if (w->table_index == NO_TABLE || !w->table_used)
		return 0;
	if (w->l1[w->table_index] == 0)
		w->l1[w->table_index] = take_cluster(w);
	table = xmalloc(QCOW2_CLUSTER);
	table_to_disk(table, w->table, QCOW2_TABLE);
	if (write_all(w, table, QCOW2_CLUSTER, w->l1[w->table_index], err) < 0)
		return -1;
	return flush_refs(w, err);
}

static int load_table(struct qcow2 *w, uint64_t index, struct error *err)
{
	if (index == w->table_index)
		return 0;
	if (flush_table(w, err) < 0)
		return -1;
	w->table_index = index;
	w->table_used = false;
	memset(w->table, 0, QCOW2_CLUSTER);
	if (w->l1[index] == 0)
		return 0;
	if (read_table(w, w->l1[index], err) < 0)
		return -1;
	for (size_t i = 0; i < QCOW2_TABLE; i++)
		w->table[i] = be64toh(w->table[i]);
	w->table_used = true;
	return 0;
}

static uint64_t compressed_entry(struct qcow2 *w, uint64_t offset, uint64_t len)
{
	uint64_t sectors = (offset + len - 1) / 512 - offset / 512;

	for (uint64_t c = offset / QCOW2_CLUSTER; c <= (offset + len - 1) / QCOW2_CLUSTER; c++)
		count_reference(w, c);
	return FLAG_COMPRESSED | sectors << SECTORS_SHIFT | offset;
}

static int place_one(struct qcow2 *w, uint64_t cluster, int32_t kind, struct error *err)
{
	uint64_t entry;

	if (kind == QCOW2_ABSENT)
		return 0;
	if (load_table(w, cluster / QCOW2_TABLE, err) < 0)
		return -1;
	if (kind == QCOW2_ZERO) {
		entry = FLAG_ZERO;
	} else if (kind == QCOW2_PLAIN) {
		entry = take_cluster(w) | FLAG_COPIED;
	} else {
		entry = compressed_entry(w, w->end, (uint64_t)kind);
		w->end += (uint64_t)kind;
	}
	w->table[cluster % QCOW2_TABLE] = entry;
	w->table_used = true;
	return 0;
}

int qcow2_place(struct qcow2 *w, uint64_t first_cluster, const struct qcow2_portion *p,
		uint64_t *ret_offset, struct error *err)
{
	uint64_t index = first_cluster / QCOW2_TABLE;
	bool plain = false;

	if (p->n == 0 || index >= w->n_l1 || (first_cluster + p->n - 1) / QCOW2_TABLE != index)
		return error_set(err, ERR_FORMAT, "clusters outside of the image");
	if (w->end > FILE_MAX - (64 << 20))
		return error_set(err, ERR_UNSUPPORTED, "the image would be too large");
	for (size_t i = 0; i < p->n; i++)
		plain = plain || p->cluster[i] == QCOW2_PLAIN;
	/* Portions are stored whole: bring in the tables before the place is known. */
	if (p->len && load_table(w, index, err) < 0)
		return -1;
	if (flush_refs(w, err) < 0)
		return -1;
	if (plain)
		w->end = aligned(w->end);
	*ret_offset = w->end;
	for (size_t i = 0; i < p->n; i++)
		if (place_one(w, first_cluster + i, p->cluster[i], err) < 0)
			return -1;
	return 0;
}

/* Clusters without zeros between them go out in one piece. */
static int store_plain(const struct qcow2 *w, const struct qcow2_portion *p, uint64_t offset,
		       struct error *err)
{
	for (size_t i = 0, run; i < p->n; i += MAX(run, (size_t)1)) {
		size_t len;

		for (run = 0; i + run < p->n && p->cluster[i + run] == QCOW2_PLAIN;)
			run++;
		len = run * QCOW2_CLUSTER;
		if (run && write_all(w, p->plain + i * QCOW2_CLUSTER, len, offset, err) < 0)
			return -1;
		offset += len;
	}
	return 0;
}

int qcow2_store(const struct qcow2 *w, const struct qcow2_portion *p, uint64_t offset,
		struct error *err)
{
	if ((p->plain ? store_plain(w, p, offset, err) : write_all(w, p->data, p->len, offset, err)) < 0)
		return -1;
	/* Whoever syncs the file later shall not wait for all of it then. */
	if (!w->parts)
		sync_file_range(w->fd, (off_t)(w->start + offset), (off_t)p->len, SYNC_FILE_RANGE_WRITE);
	return 0;
}

/* The tables at the end count themselves: more blocks until all are counted. */
static int write_last_refs(struct qcow2 *w, uint64_t *ret_table, uint64_t *ret_clusters,
			   struct error *err)
{
	uint64_t first = aligned(w->end) / QCOW2_CLUSTER, blocks = 0, clusters = 0, total, offset;
	CLEANUP_FREE uint64_t *table = NULL;

	do {
		blocks++;
		clusters = ((w->n_ref_table + blocks) * 8 + QCOW2_CLUSTER - 1) / QCOW2_CLUSTER;
		total = first + blocks + clusters;
	} while ((w->n_ref_table + blocks) * QCOW2_REFS < total);
	w->end = first * QCOW2_CLUSTER;
	offset = w->end;
	for (uint64_t i = 0; i < blocks + clusters; i++)
		take_cluster(w);
	for (uint64_t i = 0; i < blocks; i++)
		if (write_refs(w, offset + i * QCOW2_CLUSTER, err) < 0)
			return -1;
	*ret_table = offset + blocks * QCOW2_CLUSTER;
	*ret_clusters = clusters;
	table = xcalloc(clusters, QCOW2_CLUSTER);
	table_to_disk(table, w->ref_table, w->n_ref_table);
	return write_all(w, table, clusters * QCOW2_CLUSTER, *ret_table, err);
}

static int write_l1(struct qcow2 *w, uint64_t *ret_offset, struct error *err)
{
	size_t room = (size_t)aligned(w->n_l1 * 8);
	CLEANUP_FREE uint64_t *l1 = xcalloc(room, 1);

	for (size_t i = 0; i < w->n_l1; i++)
		l1[i] = w->l1[i] ? htobe64(w->l1[i] | FLAG_COPIED) : 0;
	*ret_offset = aligned(w->end);
	for (size_t i = 0; i < room / QCOW2_CLUSTER; i++)
		take_cluster(w);
	return write_all(w, l1, room, *ret_offset, err);
}

/* The format of the backing file is a header extension; its path lies behind the extensions. */
static void put_backing(const struct qcow2 *w, uint8_t *header)
{
	size_t len = strlen(w->backing_format), at = HEADER_LENGTH;

	put_be32(header + at, 0xE2792ACA);
	put_be32(header + at + 4, (uint32_t)len);
	memcpy(header + at + 8, w->backing_format, len);
	at += 8 + (len + 7) / 8 * 8 + 8;
	put_be64(header + 8, at);
	put_be32(header + 16, (uint32_t)strlen(w->backing));
	memcpy(header + at, w->backing, strlen(w->backing));
}

static int write_header(const struct qcow2 *w, uint64_t l1, uint64_t ref_table,
			uint64_t ref_clusters, struct error *err)
{
	CLEANUP_FREE uint8_t *h = xcalloc(QCOW2_CLUSTER, 1);

	memcpy(h, "QFI\373", 4);
	put_be32(h + 4, 3);
	put_be32(h + 20, 16);			/* cluster bits */
	put_be64(h + 24, w->size);
	put_be32(h + 36, (uint32_t)w->n_l1);
	put_be64(h + 40, l1);
	put_be64(h + 48, ref_table);
	put_be32(h + 56, (uint32_t)ref_clusters);
	put_be64(h + 72, 1 << 3);			/* incompatible: compression type is given */
	put_be32(h + 96, 4);			/* refcounts of 16 bits */
	put_be32(h + 100, HEADER_LENGTH);
	h[104] = 1;				/* zstd */
	if (w->backing)
		put_backing(w, h);
	return write_all(w, h, QCOW2_CLUSTER, 0, err);
}

int qcow2_finish(struct qcow2 *w, struct error *err)
{
	uint64_t l1 = 0, ref_table = 0, ref_clusters = 0;

	if (flush_table(w, err) < 0 || flush_refs(w, err) < 0 || write_l1(w, &l1, err) < 0 ||
	    flush_refs(w, err) < 0 || write_last_refs(w, &ref_table, &ref_clusters, err) < 0)
		return -1;
	if (w->parts && (part_file_cut(w->parts, w->end, err) < 0 || part_file_sync(w->parts, err) < 0))
		return -1;
	/* inside another file the order does not matter: that one is synced and then named */
	if (!w->parts && w->start == 0 && fdatasync(w->fd) < 0)
		return error_sys(err, errno, "sync the image");
	return write_header(w, l1, ref_table, ref_clusters, err);
}
