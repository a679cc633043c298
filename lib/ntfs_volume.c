// SPDX-License-Identifier: GPL-2.0-or-later
/* NTFS: the boot sector, the table of files and its records. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/ntfs_volume.h"

enum { MFT_BITMAP_MAX = 16 << 20 };	/* a bit for each file: 128 million files */

/* Small numbers are counts; the upper half of the byte's range is a negative power of two. */
static uint64_t unit(uint8_t n, uint64_t base)
{
	if (n < 0x80)
		return n * base;
	return n >= 0x100 - 31 ? UINT64_C(1) << (0x100 - n) : 0;
}

static int parse_boot(struct ntfs *n, const uint8_t *b, struct error *err)
{
	uint64_t size;

	n->sector = get_le16(b + 11);
	n->sectors = get_le64(b + 0x28);
	if (n->sector < 512 || n->sector > 4096 || (n->sector & (n->sector - 1)) || b[13] == 0)
		return error_set(err, ERR_FORMAT, "the sizes in its boot sector are impossible");
	/* from 128 on the number is an exponent, for clusters of more than 64 KiB */
	n->cluster = b[13] <= 128 ? b[13] * n->sector
				  : (b[13] >= 0xf4 ? n->sector << (0x100 - b[13]) : 0);
	n->record = (size_t)unit(b[0x40], n->cluster);
	n->mft = get_le64(b + 0x30);
	if (n->cluster < n->sector || n->cluster > (2 << 20) || n->cluster & (n->cluster - 1) ||
	    n->record < NTFS_RECORD_MIN || n->record > NTFS_RECORD_MAX ||
	    n->record & (n->record - 1) || MUL_OVERFLOW(n->sectors, n->sector, &size) ||
	    size > n->v->size)
		return error_set(err, ERR_FORMAT, "the sizes in its boot sector are impossible");
	n->clusters = size / n->cluster;
	if (n->mft == 0 || n->mft >= n->clusters)
		return error_set(err, ERR_FORMAT, "its boot sector does not know its files");
	return 0;
}

/* Read a part of a file that lies in runs. */
int ntfs_read_runs(const struct ntfs *n, const struct ntfs_runs *runs, uint64_t start, void *buf,
		     size_t len, struct error *err)
{
	uint8_t *to = buf;

	for (size_t i = 0; i < runs->n && len; i++) {
		const struct ntfs_run *r = &runs->v[i];
		uint64_t from = r->vcn * n->cluster, size = r->len * n->cluster;
		size_t part;

		if (start >= from + size)
			continue;
		part = (size_t)MIN((uint64_t)len, from + size - start);
		if (r->lcn == NTFS_HOLE)
			return error_set(err, ERR_FORMAT, "a hole where there must be none");
		if (volume_read(n->v, r->lcn * n->cluster + (start - from), to, part, err) < 0)
			return -1;
		to += part;
		start += part;
		len -= part;
	}
	return len ? error_set(err, ERR_FORMAT, "a system file is too short") : 0;
}

int ntfs_read_record(const struct ntfs *n, uint64_t number, uint8_t *record, struct error *err)
{
	int rc = number == NTFS_FILE_MFT
		? volume_read(n->v, n->mft * n->cluster, record, n->record, err)
		: ntfs_read_runs(n, &n->table, number * n->record, record, n->record, err);

	return rc < 0 ? -1 : ntfs_record_mend(record, n->record, err);
}

/* The first part of an attribute without a name; 0: there is none. */
int ntfs_find_attribute(const struct ntfs *n, const uint8_t *record, uint32_t type,
			  struct ntfs_attribute *ret, struct error *err)
{
	size_t pos = 0;
	int rc;

	while ((rc = ntfs_attribute_next(record, n->record, &pos, ret, err)) > 0)
		if (ret->type == type && !ret->named)
			return 1;
	return rc;
}

int ntfs_need_attribute(const struct ntfs *n, const uint8_t *record, uint32_t type,
			  struct ntfs_attribute *ret, struct error *err)
{
	int rc = ntfs_find_attribute(n, record, type, ret, err);

	return rc == 0 ? error_set(err, ERR_FORMAT, "a system file is not complete") : rc;
}

/* Where the table of files lies, and which of its records are in use. */
static int read_table(struct ntfs *n, struct error *err)
{
	CLEANUP_FREE uint8_t *record = xmalloc(n->record);
	struct ntfs_runs runs CLEANUP_NTFS_RUNS = { 0 };
	struct ntfs_attribute a;

	if (ntfs_read_record(n, NTFS_FILE_MFT, record, err) < 0 ||
	    ntfs_need_attribute(n, record, NTFS_DATA, &a, err) < 0)
		return -1;
	n->table_size = a.size;
	if (a.resident || ntfs_runs_add(&n->table, &a, n->clusters, err) < 0 ||
	    ntfs_need_attribute(n, record, NTFS_BITMAP, &a, err) < 0)
		return error_is_set(err) ? -1
			: error_set(err, ERR_FORMAT, "its table of files is damaged");
	n->in_use_len = (size_t)MIN(a.resident ? a.len : a.size, (uint64_t)MFT_BITMAP_MAX);
	n->in_use = xcalloc(n->in_use_len + 1, 1);
	if (a.resident)
		memcpy(n->in_use, a.value, n->in_use_len);
	else if (ntfs_runs_add(&runs, &a, n->clusters, err) < 0 ||
		 ntfs_read_runs(n, &runs, 0, n->in_use, n->in_use_len, err) < 0)
		return -1;
	return 0;
}

int ntfs_open(struct ntfs *ret, const struct volume *v, struct error *err)
{
	struct ntfs n = { .v = v };
	uint8_t boot[512];

	if (volume_read(v, 0, boot, sizeof(boot), err) < 0 || parse_boot(&n, boot, err) < 0 ||
	    read_table(&n, err) < 0) {
		ntfs_close(&n);
		return -1;
	}
	*ret = n;
	return 0;
}

void ntfs_close(struct ntfs *n)
{
	ntfs_runs_clear(&n->table);
	free(n->in_use);
	*n = (struct ntfs){ 0 };
}
