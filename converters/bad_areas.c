// SPDX-License-Identifier: GPL-2.0-or-later
/* Areas that could not be read from the old disk: filled with a text that says so, and their files named. */
#include "config.h"

#include <guestfs.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "converters/bad_areas.h"
#include "lib/appliance_reader.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/strv.h"
#include "lib/fatfs.h"
#include "lib/mapfile.h"

enum {
	SECTOR = 512,
	PIECE = 1 << 20,	/* written at once                             [bytes] */
	NAMES_MAX = 50,		/* files named; a volume in pieces has no end of them  */
	LOOKS_MAX = 2000,	/* sectors whose file is looked for                    */
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

/* The part of a disk's range that lies in a volume, as its own bytes. */
static struct range inside(const struct inspected_fs *fs, const struct range *r)
{
	uint64_t start = MAX(r->start, fs->start), end = MIN(r->end, fs->start + fs->size);

	return (struct range){ start - fs->start, MAX(start, end) - fs->start };
}

/* Clusters of files only: a text in the tables of FAT would be taken for chains. */
static int fill_files(const struct appliance *app, const struct inspected_fs *fs, const struct fatfs *fat,
		      struct range r, bool dry_run, struct strv *files, struct error *err)
{
	for (int looks = 0; r.start < r.end && looks < LOOKS_MAX; looks++) {
		uint64_t behind = r.start < fat->data ? fat->data
						      : r.start + fat->cluster - (r.start - fat->data) % fat->cluster;
		struct range part = { r.start, MIN(behind, r.end) };
		CLEANUP_FREE char *path = fatfs_file_at(fat, r.start);

		if (path && !strv_has(files, path) && files->n < NAMES_MAX)
			strv_add(files, path);
		if (path && !dry_run && write_pattern(app, fs->device, &part, err) < 0)
			return -1;
		r.start = part.end;
	}
	return 0;
}

static void report_area(const struct inspected_fs *fs, const struct range *r, const struct strv *files,
			struct report *ret)
{
	CLEANUP_FREE char *list = files && files->n ? strv_join(files, ", ") : NULL;
	struct finding *f = report_add(ret, FINDING_WARNING, fs->device,
				       "%" PRIu64 " bytes at %" PRIu64 " of the disk could not be read: %s",
				       r->end - r->start, r->start,
				       list ? list : files ? "no file lies there"
							   : "which files lie there is not known");

	if (list)
		report_remedy(f, "get these files from a backup; their lost sectors hold '" BAD_AREA_TEXT "'");
	else if (!files)
		report_remedy(f, "they are zeros, which file systems bear better than a text; let the guest "
				 "check its file systems");
}

static int fill_volume(const struct appliance *app, const struct inspected_fs *fs, const struct range *r,
		       bool dry_run, struct report *ret, struct error *err)
{
	struct appliance_reader bytes CLEANUP_APPLIANCE_READER = { 0 };
	struct strv files CLEANUP_STRV = STRV_INIT;
	struct fatfs fat;
	bool known;

	appliance_reader_begin(&bytes, app, fs->device, fs->size);
	known = strcmp(fs->type, "vfat") == 0 && fatfs_open(&fat, &bytes.reader, NULL) == 0;
	if (known && fill_files(app, fs, &fat, inside(fs, r), dry_run, &files, err) < 0)
		return -1;
	report_area(fs, r, known ? &files : NULL, ret);
	return 0;
}

/* Outside of all file systems nothing but the old program itself can know what was there. */
static int fill_area(const struct appliance *app, const struct inspection *in, size_t disk,
		     const struct range *r, bool dry_run, struct report *ret, struct error *err)
{
	bool found = false;

	for (size_t i = 0; i < in->n_filesystems; i++) {
		const struct inspected_fs *fs = &in->filesystems[i];

		if (fs->disk != (int)disk || r->end <= fs->start || r->start >= fs->start + fs->size)
			continue;
		found = true;
		if (fill_volume(app, fs, r, dry_run, ret, err) < 0)
			return -1;
	}
	if (found)
		return 0;
	report_add(ret, FINDING_WARNING, in->disks[disk].device,
		   "%" PRIu64 " bytes at %" PRIu64 ", in no file system, could not be read: they hold '"
		   BAD_AREA_TEXT "'", r->end - r->start, r->start);
	return dry_run ? 0 : write_pattern(app, in->disks[disk].device, r, err);
}

static int fill_disk(const struct appliance *app, const struct inspection *in,
		     const struct capture *c, size_t disk, bool dry_run, struct report *ret,
		     struct error *err)
{
	CLEANUP_FREE char *path = path_join(c->dir, c->disks[disk].map);
	struct mapfile map CLEANUP_MAPFILE = MAPFILE_INIT;
	struct ranges bad CLEANUP_RANGES = RANGES_INIT;

	if (mapfile_read(&map, path, c->disks[disk].size, err) < 0)
		return -1;
	mapfile_to_ranges(&map, MAP_BAD, &bad);
	for (size_t i = 0; i < bad.n; i++)
		if (fill_area(app, in, disk, &bad.v[i], dry_run, ret, err) < 0)
			return -1;
	return 0;
}

int bad_areas_fill(const struct appliance *app, const struct inspection *in, const struct capture *c,
		   bool dry_run, struct report *ret, struct error *err)
{
	for (size_t i = 0; i < c->n_disks && i < in->n_disks; i++)
		if (c->disks[i].bad_bytes && c->disks[i].map &&
		    fill_disk(app, in, c, i, dry_run, ret, err) < 0)
			return error_wrap(err, "fill what could not be read of disk %zu", i);
	return 0;
}
