// SPDX-License-Identifier: GPL-2.0-or-later
/* A capture that lies in parts becomes one that does not: copied whole, and proved. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"
#include "lib/capture.h"
#include "lib/parts.h"

enum { PIECE = 1 << 20 };

struct joining {
	const char *from, *to;		/* folders */
	struct progress *progress;
	uint64_t done;
};

/* One file, or its parts one behind the other. */
static int copy_file(struct joining *j, const char *name, struct error *err)
{
	CLEANUP_FREE char *from = path_join(j->from, name), *to = path_join(j->to, name);
	CLEANUP_FREE uint8_t *data = xmalloc(PIECE);
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
	struct parts parts CLEANUP_PARTS = PARTS_INIT;

	if (parts_open(&parts, from, err) < 0 || outfile_open(&out, to, OUTFILE_REPLACE, err) < 0)
		return -1;
	for (uint64_t at = 0; at < parts.size; at += PIECE) {
		size_t len = (size_t)MIN(parts.size - at, (uint64_t)PIECE);

		if (interrupt_check(err) < 0 || parts_read(&parts, at, data, len, from, err) < 0)
			return -1;
		if (fwrite(data, 1, len, out.f) != len)
			return error_sys(err, errno, "write '%s'", to);
		j->done += len;
		progress_update(j->progress, j->done);
	}
	return outfile_commit(&out, err);
}

static uint64_t size_of_images(const struct capture *c)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < c->n_disks; i++) {
		CLEANUP_FREE char *path = capture_disk_path(c, i);
		struct parts parts CLEANUP_PARTS = PARTS_INIT;

		if (parts_open(&parts, path, NULL) == 0)
			sum += parts.size;
	}
	return sum;
}

static int copy_all(struct joining *j, const struct capture *c, struct error *err)
{
	if (copy_file(j, CAPTURE_FILE, err) < 0 || copy_file(j, CAPTURE_MACHINE, err) < 0 ||
	    (*c->raw_digest && copy_file(j, CAPTURE_RAW, err) < 0))
		return -1;
	for (size_t i = 0; i < c->n_disks; i++)
		if (copy_file(j, c->disks[i].map, err) < 0 || copy_file(j, c->disks[i].file, err) < 0)
			return -1;
	return 0;
}

static int check_base(const struct capture *c, struct error *err)
{
	for (size_t i = 0; i < c->n_disks; i++)
		if (c->disks[i].base) {
			error_set(err, ERR_REFUSED, "'%s' stands on an older capture", c->dir);
			return error_hint(err, "put the two of them beside each other as they were");
		}
	return 0;
}

int capture_join(const char *from, const char *path, struct progress *progress, struct capture *ret,
		 struct error *err)
{
	struct outdir dir CLEANUP_OUTDIR = OUTDIR_INIT;
	struct capture there CLEANUP_CAPTURE = CAPTURE_INIT, here CLEANUP_CAPTURE = CAPTURE_INIT;
	struct joining j = { .from = from, .progress = progress };

	if (capture_read(&there, from, err) < 0 || check_base(&there, err) < 0 ||
	    outdir_open(&dir, path, OUTDIR_NEW, err) < 0)
		return -1;
	j.to = dir.partial;
	progress_begin(progress, "copy", size_of_images(&there));
	if (copy_all(&j, &there, err) < 0)
		return -1;
	progress_end(progress);
	if (capture_read(&here, dir.partial, err) < 0 || capture_verify(&here, progress, err) < 0)
		return -1;
	return capture_commit(&dir, &here, ret, err);
}
