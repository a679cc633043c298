// SPDX-License-Identifier: GPL-2.0-or-later
/* NTFS: was the volume closed, or is there more to it than its files? */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/ntfs_volume.h"

enum {
	FILE_LOG = 2, FILE_VOLUME = 3,
	VOLUME_DIRTY = 0x0001, VOLUME_CHKDSK_UNDERWAY = 0x4000,	/* Linux, fs/ntfs/layout.h */
};

int ntfs_system_file(const struct ntfs *n, uint64_t number, struct ntfs_runs *ret, uint64_t *ret_size,
		     struct error *err)
{
	CLEANUP_FREE uint8_t *record = xmalloc(n->record);
	struct ntfs_attribute a;

	if (ntfs_read_record(n, number, record, err) < 0 ||
	    ntfs_need_attribute(n, record, NTFS_DATA, &a, err) < 0)
		return -1;
	if (a.resident)
		return error_set(err, ERR_FORMAT, "a system file is too small");
	*ret_size = a.size;
	return ntfs_runs_add(ret, &a, n->clusters, err);
}

int ntfs_check_flags(const struct ntfs *n, struct error *err)
{
	CLEANUP_FREE uint8_t *record = xmalloc(n->record);
	struct ntfs_attribute a;

	if (ntfs_read_record(n, FILE_VOLUME, record, err) < 0 ||
	    ntfs_need_attribute(n, record, NTFS_VOLUME_INFORMATION, &a, err) < 0)
		return -1;
	if (!a.resident || a.len < 12)
		return error_set(err, ERR_FORMAT, "its flags are damaged");
	if (get_le16(a.value + 10) & (VOLUME_DIRTY | VOLUME_CHKDSK_UNDERWAY))
		return error_set(err, ERR_FORMAT, "it is marked for a check");
	return 0;
}

/*
 * The log has two restart pages; the younger one says whether the volume was closed: a flag since
 * Windows XP, no client in use before. A log of nothing but ones was emptied.
 */
int ntfs_check_log(const struct ntfs *n, struct error *err)
{
	struct ntfs_runs runs CLEANUP_NTFS_RUNS = { 0 };
	CLEANUP_FREE uint8_t *pages = xmalloc(2 * 4096);
	uint64_t size, best = 0;
	bool found = false, clean = false;

	if (ntfs_system_file(n, FILE_LOG, &runs, &size, err) < 0 ||
	    ntfs_read_runs(n, &runs, 0, pages, 2 * 4096, err) < 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		const uint8_t *page = pages + i * 4096, *area;
		size_t at = get_le16(page + 24);

		if (memcmp(page, "RSTR", 4) != 0 || at > 4096 - 16)
			continue;
		area = page + at;
		if (found && get_le64(area) < best)
			continue;
		found = true;
		best = get_le64(area);
		clean = (get_le16(area + 14) & 2) || get_le16(area + 12) == 0xffff;
	}
	if (found && !clean)
		return error_set(err, ERR_FORMAT, "its journal was not played back");
	for (size_t i = 0; !found && i < 2 * 4096; i++)
		if (pages[i] != 0xff)
			return error_set(err, ERR_FORMAT, "its journal is damaged");
	return 0;
}
