// SPDX-License-Identifier: GPL-2.0-or-later
/* Records of the master file table of NTFS. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/ntfs_record.h"

enum { FIXUP_STRIDE = 512, HEADER = 42, RESIDENT_HEADER = 24, RUNS_HEADER = 64, RUNS_MAX = 1 << 20 };

static int damaged(struct error *err, const char *what)
{
	return error_set(err, ERR_FORMAT, "a damaged file record (%s)", what);
}

/* Each 512 bytes end in a number that is stored once more at the front, with what it replaced. */
int ntfs_record_mend(uint8_t *record, size_t len, struct error *err)
{
	size_t at = get_le16(record + 4), count = get_le16(record + 6);

	if (memcmp(record, "FILE", 4) != 0)
		return damaged(err, "no signature");
	if (count != len / FIXUP_STRIDE + 1 || at < HEADER || at + 2 * count > FIXUP_STRIDE - 2)
		return damaged(err, "update sequence");
	for (size_t i = 1; i < count; i++) {
		uint8_t *end = record + i * FIXUP_STRIDE - 2;

		if (memcmp(end, record + at, 2) != 0)
			return damaged(err, "torn write");
		memcpy(end, record + at + 2 * i, 2);
	}
	return 0;
}

bool ntfs_record_in_use(const uint8_t *record)
{
	return get_le16(record + 22) & 1;
}

uint64_t ntfs_record_base(const uint8_t *record)
{
	return get_le64(record + 32) & 0xffffffffffff;
}

static int take_resident(const uint8_t *a, size_t len, struct ntfs_attribute *ret,
			 struct error *err)
{
	uint64_t size = get_le32(a + 16), at = get_le16(a + 20);

	if (at + size > len)
		return damaged(err, "value");
	ret->value = a + at;
	ret->len = (size_t)size;
	return 1;
}

static int take_runs(const uint8_t *a, size_t len, struct ntfs_attribute *ret, struct error *err)
{
	size_t at = get_le16(a + 32);

	if (len < RUNS_HEADER || at < RUNS_HEADER || at >= len)
		return damaged(err, "mapping pairs");
	ret->lowest_vcn = get_le64(a + 16);
	ret->highest_vcn = get_le64(a + 24);
	ret->size = get_le64(a + 48);
	ret->value = a + at;
	ret->len = len - at;
	return 1;
}

int ntfs_attribute_next(const uint8_t *record, size_t len, size_t *pos, struct ntfs_attribute *ret,
			struct error *err)
{
	size_t used = MIN((size_t)get_le32(record + 24), len), size;
	const uint8_t *a;

	if (*pos == 0)
		*pos = get_le16(record + 20);
	if (*pos < HEADER || *pos + 4 > used)
		return damaged(err, "attributes");
	a = record + *pos;
	*ret = (struct ntfs_attribute){ .type = get_le32(a) };
	if (ret->type == UINT32_MAX)
		return 0;
	if (*pos + RESIDENT_HEADER > used)
		return damaged(err, "attributes");
	size = get_le32(a + 4);
	if (size < RESIDENT_HEADER || size > used - *pos || size % 8)
		return damaged(err, "attributes");
	*pos += size;
	ret->named = a[9] != 0;
	ret->resident = a[8] == 0;
	return ret->resident ? take_resident(a, size, ret, err) : take_runs(a, size, ret, err);
}

static uint64_t get_small(const uint8_t *at, size_t n, bool sign)
{
	uint64_t value = sign && (at[n - 1] & 0x80) ? UINT64_MAX : 0;

	for (size_t i = n; i > 0; i--)
		value = value << 8 | at[i - 1];
	return value;
}

/* Mapping pairs: a byte with two lengths, the number of clusters, the step from the last cluster. */
int ntfs_runs_add(struct ntfs_runs *runs, const struct ntfs_attribute *a, uint64_t clusters,
		  struct error *err)
{
	const uint8_t *at = a->value, *end = a->value + a->len;
	uint64_t lcn = 0;

	if (a->lowest_vcn != runs->end)
		return damaged(err, "parts of a file out of order");
	while (at < end && *at) {
		size_t n_len = *at & 15, n_lcn = *at >> 4;
		struct ntfs_run run = { runs->end, 0, NTFS_HOLE };

		if (n_len == 0 || n_len > 8 || n_lcn > 8 || (size_t)(end - at) < 1 + n_len + n_lcn ||
		    runs->n >= RUNS_MAX)
			return damaged(err, "mapping pairs");
		run.len = get_small(at + 1, n_len, false);
		if (n_lcn) {
			lcn += get_small(at + 1 + n_len, n_lcn, true);
			run.lcn = lcn;
		}
		if (run.len == 0 || run.len > INT64_MAX - runs->end ||
		    (n_lcn && (run.lcn >= clusters || run.len > clusters - run.lcn)))
			return damaged(err, "clusters outside of the volume");
		*APPEND(runs->v, runs->n) = run;
		runs->end += run.len;
		at += 1 + n_len + n_lcn;
	}
	return 0;
}
