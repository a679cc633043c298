// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of the files of NTFS that lie in some areas. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/base/interrupt.h"
#include "lib/ntfs_volume.h"
#include "lib/usedmap.h"
#include "lib/utf16.h"

/* $FILE_NAME: the folder's record, and behind 64 bytes length, kind and text of the name. */
enum { NAME_FOLDER = 0, NAME_LENGTH = 64, NAME_KIND = 65, NAME_TEXT = 66, KIND_DOS = 2, DEPTH_MAX = 128 };

static bool touches(const struct ntfs *n, const struct ntfs_attribute *a, const struct ranges *areas)
{
	struct ntfs_runs runs CLEANUP_NTFS_RUNS = { .end = a->lowest_vcn };

	if (ntfs_runs_add(&runs, a, n->clusters, NULL) < 0)
		return false;
	for (size_t i = 0; i < runs.n; i++) {
		const struct ntfs_run *r = &runs.v[i];

		if (r->lcn != NTFS_HOLE &&
		    ranges_touch(areas, r->lcn * n->cluster, (r->lcn + r->len) * n->cluster))
			return true;
	}
	return false;
}

/* A file in many parts has one record that the others name. */
static void look_at_record(const struct ntfs *n, uint64_t number, uint8_t *record,
			   const struct ranges *areas, struct ranges *hits)
{
	struct ntfs_attribute a;
	uint64_t base;
	size_t pos = 0;

	if (number == NTFS_FILE_BAD || ntfs_record_mend(record, n->record, NULL) < 0 ||
	    !ntfs_record_in_use(record))
		return;
	base = ntfs_record_base(record);
	while (ntfs_attribute_next(record, n->record, &pos, &a, NULL) > 0)
		if (!a.resident && touches(n, &a, areas)) {
			number = base ? base : number;
			ranges_add(hits, number, number + 1);
			return;
		}
}

static int look_at_records(const struct ntfs *n, const struct ranges *areas, struct ranges *hits,
			   struct error *err)
{
	CLEANUP_FREE uint8_t *piece = xmalloc(NTFS_PIECE);

	for (uint64_t at = 0; at + n->record <= n->table_size; at += NTFS_PIECE) {
		size_t len = (size_t)MIN(n->table_size - at, (uint64_t)NTFS_PIECE);

		if (interrupt_check(err) < 0)
			return -1;
		if (ntfs_read_runs(n, &n->table, at, piece, len, NULL) < 0)
			continue;
		for (size_t i = 0; i + n->record <= len; i += n->record)
			look_at_record(n, (at + i) / n->record, piece + i, areas, hits);
	}
	return 0;
}

/* The name that people see, and the record of the folder that it is in. */
static char *name_of(const struct ntfs *n, uint64_t number, uint64_t *ret_folder)
{
	CLEANUP_FREE uint8_t *record = xmalloc(n->record);
	struct ntfs_attribute a;
	char *name = NULL;
	size_t pos = 0;

	if (ntfs_read_record(n, number, record, NULL) < 0)
		return NULL;
	while (ntfs_attribute_next(record, n->record, &pos, &a, NULL) > 0) {
		size_t len;

		if (a.type != NTFS_FILE_NAME || !a.resident || a.len < NAME_TEXT)
			continue;
		len = a.value[NAME_LENGTH] * (size_t)2;
		if (len > a.len - NAME_TEXT || (name && a.value[NAME_KIND] == KIND_DOS))
			continue;
		free(name);
		name = utf16_to_utf8(a.value + NAME_TEXT, len);
		*ret_folder = get_le64(a.value + NAME_FOLDER) & 0xffffffffffff;
	}
	return name;
}

static char *path_of(const struct ntfs *n, uint64_t number)
{
	char *path = NULL;

	for (int depth = 0; depth < DEPTH_MAX && number != NTFS_FILE_ROOT; depth++) {
		uint64_t folder = NTFS_FILE_ROOT;
		CLEANUP_FREE char *name = name_of(n, number, &folder), *rest = path;

		path = xasprintf("/%s%s", name ? name : "?", rest ? rest : "");
		number = folder;
	}
	return path ? path : xstrdup("/");
}

int ntfs_name_files(const struct volume *v, const struct ranges *areas, struct strv *ret,
		    struct error *err)
{
	struct ranges hits CLEANUP_RANGES = RANGES_INIT;
	struct ntfs n;
	int rc;

	if (ntfs_open(&n, v, err) < 0)
		return -1;
	rc = look_at_records(&n, areas, &hits, err);
	for (size_t i = 0; rc == 0 && i < hits.n; i++)
		for (uint64_t number = hits.v[i].start;
		     number < hits.v[i].end && ret->n < USEDMAP_NAMES_MAX; number++) {
			CLEANUP_FREE char *path = path_of(&n, number);

			strv_add(ret, path);
		}
	ntfs_close(&n);
	return rc;
}
