// SPDX-License-Identifier: GPL-2.0-or-later
/* Areas that could not be read from the old disk: filled with a text that says so, and their files named. */
#include "config.h"

#include <guestfs.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "converters/bad_areas.h"
#include "lib/appliance_reader.h"
#include "lib/bad_files.h"
#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/strv.h"
#include "lib/fatfs.h"
#include "lib/mapfile.h"

enum {
	SECTOR = 512,
	PIECE = 1 << 20,	/* written at once                             [bytes] */
};

/* Zeros would look like data that the program once wrote. */
static void fill(char *buf, size_t len)
{
	static const char text[] = BAD_AREA_TEXT;

	for (size_t at = 0; at < len; at++)
		buf[at] = text[at % SECTOR % (sizeof(text) - 1)];
}

static int write_pattern(const struct appliance *app, const char *device, const struct range *r,
			 struct error *err)
{
	CLEANUP_FREE char *buf = xmalloc(PIECE);

	fill(buf, PIECE);
	for (uint64_t at = r->start; at < r->end;) {
		size_t len = (size_t)MIN(r->end - at, (uint64_t)PIECE);
		int done = guestfs_pwrite_device(app->g, device, buf, len, (int64_t)at);

		if (done <= 0)
			return appliance_error(app, err, "write to '%s'", device);
		at += (uint64_t)done;
	}
	return 0;
}

/* What became of the areas of a disk. */
struct filled {
	uint64_t files, outside;	/* have the text now [bytes] */
};

static int fill_ranges(const struct appliance *app, const char *device, const struct ranges *r,
		       bool dry_run, struct error *err)
{
	for (size_t i = 0; i < r->n && !dry_run; i++)
		if (write_pattern(app, device, &r->v[i], err) < 0)
			return -1;
	return 0;
}

/* The parts of the areas that lie in a volume, as its own bytes. */
static void inside(const struct inspected_fs *fs, const struct ranges *bad, struct ranges *ret)
{
	for (size_t i = ranges_find(bad, fs->start); i < bad->n && bad->v[i].start < fs->start + fs->size; i++)
		ranges_add(ret, MAX(bad->v[i].start, fs->start) - fs->start,
			   MIN(bad->v[i].end, fs->start + fs->size) - fs->start);
}

/*
 * Clusters of files only: a text in the table of FAT would be taken for chains, one in a folder for names.
 * A list that had to be shortened says more than is true.
 */
static int fill_volume(const struct appliance *app, const struct inspected_fs *fs, const struct ranges *bad,
		       bool dry_run, struct filled *done, struct error *err)
{
	struct appliance_reader bytes CLEANUP_APPLIANCE_READER = { 0 };
	struct ranges here CLEANUP_RANGES = RANGES_INIT, files CLEANUP_RANGES = RANGES_INIT;
	struct ranges both CLEANUP_RANGES = RANGES_INIT;
	struct strv names CLEANUP_STRV = STRV_INIT;
	struct error odd CLEANUP_ERROR = ERROR_INIT;
	struct fatfs fat;

	inside(fs, bad, &here);
	if (!here.n || strcmp(fs->type, "vfat") != 0)
		return 0;
	appliance_reader_begin(&bytes, app, fs->device, fs->size);
	if (fatfs_open(&fat, &bytes.reader, NULL) < 0)
		return 0;
	if (fatfs_files_in(&fat, &here, &names, &files, &odd) < 0 && interrupt_check(err) < 0)
		return -1;
	if (files.min_gap)
		return 0;
	ranges_common(&here, &files, &both);
	done->files += ranges_total(&both);
	return fill_ranges(app, fs->device, &both, dry_run, err);
}

/* Outside of all volumes nothing but the old program itself can know what was there. */
static int fill_outside(const struct appliance *app, const struct inspection *in, size_t disk,
			const struct ranges *bad, bool dry_run, struct filled *done, struct error *err)
{
	struct ranges volumes CLEANUP_RANGES = RANGES_INIT, gaps CLEANUP_RANGES = RANGES_INIT;
	struct ranges both CLEANUP_RANGES = RANGES_INIT;
	uint64_t at = 0;

	for (size_t i = 0; i < in->n_filesystems; i++)
		if (in->filesystems[i].disk == (int)disk)
			ranges_add(&volumes, in->filesystems[i].start,
				   in->filesystems[i].start + in->filesystems[i].size);
	for (size_t i = 0; i < volumes.n; at = volumes.v[i++].end)
		ranges_add(&gaps, at, volumes.v[i].start);
	ranges_add(&gaps, at, in->disks[disk].size);
	ranges_common(bad, &gaps, &both);
	done->outside = ranges_total(&both);
	return fill_ranges(app, in->disks[disk].device, &both, dry_run, err);
}

static void report_disk(const struct inspected_disk *d, const struct filled *done, uint64_t all,
			struct report *ret)
{
	uint64_t left = all - done->files - done->outside;

	if (done->files || done->outside)
		report_add(ret, FINDING_WARNING, d->device, "%" PRIu64 " bytes of files on FAT and %" PRIu64
			   " bytes in no volume could not be read: each of their sectors holds '" BAD_AREA_TEXT
			   "' now", done->files, done->outside);
	if (left)
		report_remedy(report_add(ret, FINDING_WARNING, d->device, "%" PRIu64 " bytes that could not be "
					 "read are zeros, which a file system bears better than a text", left),
			      "let the guest check its file systems");
}

static int fill_disk(const struct appliance *app, const struct inspection *in,
		     const struct capture *c, size_t disk, bool dry_run, struct report *ret,
		     struct error *err)
{
	struct mapfile map CLEANUP_MAPFILE = MAPFILE_INIT;
	struct ranges bad CLEANUP_RANGES = RANGES_INIT;
	struct filled done = { 0 };

	if (capture_map(c, disk, &map, err) < 0)
		return -1;
	mapfile_unread(&map, &bad);
	/* a list that had to be shortened has what could be read in it, too */
	for (size_t i = 0; i < in->n_filesystems && !bad.min_gap; i++)
		if (in->filesystems[i].disk == (int)disk &&
		    fill_volume(app, &in->filesystems[i], &bad, dry_run, &done, err) < 0)
			return -1;
	if (!bad.min_gap && fill_outside(app, in, disk, &bad, dry_run, &done, err) < 0)
		return -1;
	report_disk(&in->disks[disk], &done, ranges_total(&bad), ret);
	return 0;
}

int bad_areas_fill(const struct appliance *app, const struct inspection *in, const struct capture *c,
		   bool dry_run, struct report *ret, struct error *err)
{
	if (bad_files_report(c, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < c->n_disks && i < in->n_disks; i++)
		if (c->disks[i].bad_bytes && c->disks[i].map &&
		    fill_disk(app, in, c, i, dry_run, ret, err) < 0)
			return error_wrap(err, "fill what could not be read of disk %zu", i);
	return 0;
}
