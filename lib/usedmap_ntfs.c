// SPDX-License-Identifier: GPL-2.0-or-later
/* NTFS: the file $Bitmap, checked against every record of the master file table. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/base/interrupt.h"
#include "lib/ntfs_volume.h"
#include "lib/usedmap.h"

enum {
	FILE_BITMAP = 6,
	FIRST_FREE = 24,		/* records before it are reserved, in use or not */
};

static bool looks_like(const uint8_t *head)
{
	return memcmp(head + 3, "NTFS    ", 8) == 0;
}

static int read_bitmap(struct ntfs *n, struct error *err)
{
	struct ntfs_runs runs CLEANUP_NTFS_RUNS = { 0 };
	CLEANUP_FREE uint8_t *piece = xmalloc(NTFS_PIECE);
	uint64_t size, bytes = (n->clusters + 7) / 8;

	if (ntfs_system_file(n, FILE_BITMAP, &runs, &size, err) < 0)
		return -1;
	if (size < bytes)
		return error_set(err, ERR_FORMAT, "its map is too short");
	for (uint64_t at = 0; at < bytes; at += NTFS_PIECE) {
		size_t len = (size_t)MIN(bytes - at, (uint64_t)NTFS_PIECE);

		if (interrupt_check(err) < 0 || ntfs_read_runs(n, &runs, at, piece, len, err) < 0)
			return -1;
		usedmap_add_bits(n->used, piece, at * 8, MIN(len * UINT64_C(8), n->clusters - at * 8),
				 n->cluster, 0);
	}
	return 0;
}

/* All clusters of one attribute must be marked. */
static int check_attribute(struct ntfs *n, uint64_t number, const struct ntfs_attribute *a,
			   struct error *err)
{
	struct ntfs_runs runs CLEANUP_NTFS_RUNS = { .end = a->lowest_vcn };

	if (ntfs_runs_add(&runs, a, n->clusters, err) < 0)
		return -1;
	for (size_t i = 0; i < runs.n; i++) {
		uint64_t start = runs.v[i].lcn;

		if (start == NTFS_HOLE ||
		    ranges_has(n->used, start * n->cluster, (start + runs.v[i].len) * n->cluster))
			continue;
		return error_set(err, ERR_FORMAT,
				 "file %" PRIu64 " lies where its map says nothing is", number);
	}
	return 0;
}

static int check_record(struct ntfs *n, uint64_t number, uint8_t *record, struct error *err)
{
	bool marked = number / 8 < n->in_use_len && (n->in_use[number / 8] >> (number % 8) & 1);
	struct ntfs_attribute a;
	size_t pos = 0;
	int rc;

	if (memcmp(record, "FILE", 4) != 0 && (!marked || number < FIRST_FREE))
		return 0;
	if (ntfs_record_mend(record, n->record, err) < 0)
		return -1;
	if (!ntfs_record_in_use(record)) {
		if (marked && number >= FIRST_FREE)
			return error_set(err, ERR_FORMAT, "file %" PRIu64 " is and is not there",
					 number);
		return 0;
	}
	while ((rc = ntfs_attribute_next(record, n->record, &pos, &a, err)) > 0) {
		if (a.resident)
			continue;
		/* A table in many pieces goes on in another record, which comes before it is needed. */
		if (a.type == NTFS_DATA && !a.named && number != NTFS_FILE_MFT &&
		    ntfs_record_base(record) == NTFS_FILE_MFT && a.lowest_vcn == n->table.end &&
		    ntfs_runs_add(&n->table, &a, n->clusters, err) < 0)
			return -1;
		if (check_attribute(n, number, &a, err) < 0)
			return -1;
	}
	return rc;
}

static int check_files(struct ntfs *n, struct error *err)
{
	CLEANUP_FREE uint8_t *piece = xmalloc(NTFS_PIECE);

	if (n->table_size % n->record)
		return error_set(err, ERR_FORMAT, "its table of files is damaged");
	for (uint64_t at = 0; at < n->table_size; at += NTFS_PIECE) {
		size_t len = (size_t)MIN(n->table_size - at, (uint64_t)NTFS_PIECE);

		if (interrupt_check(err) < 0 || ntfs_read_runs(n, &n->table, at, piece, len, err) < 0)
			return -1;
		for (size_t i = 0; i < len; i += n->record)
			if (check_record(n, (at + i) / n->record, piece + i, err) < 0)
				return -1;
	}
	return 0;
}

static int read_ntfs(const struct volume *v, struct ranges *ret_used, uint64_t *ret_end,
		     struct error *err)
{
	struct ntfs n;
	int rc = 0;

	if (ntfs_open(&n, v, err) < 0)
		return -1;
	n.used = ret_used;
	if (ntfs_check_flags(&n, err) < 0 || ntfs_check_log(&n, err) < 0 || read_bitmap(&n, err) < 0 ||
	    check_files(&n, err) < 0)
		rc = -1;
	/* The copy of the boot sector lies behind the last cluster. */
	*ret_end = n.clusters * n.cluster;
	ntfs_close(&n);
	return rc;
}

const struct usedmap_reader usedmap_ntfs = {
	.name = "ntfs",
	.looks_like = looks_like,
	.read = read_ntfs,
	.name_files = ntfs_name_files,
};
