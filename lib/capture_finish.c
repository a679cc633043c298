// SPDX-License-Identifier: GPL-2.0-or-later
/* Making a capture of what was read before its disk died. */
#include "config.h"

#include <stdlib.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/capture.h"
#include "lib/capture_disk.h"

static int need_partial(const char *path, struct error *err)
{
	CLEANUP_FREE char *begun = xasprintf("%s" PARTIAL_SUFFIX "/" CAPTURE_FILE, path);

	if (path_exists(begun))
		return 0;
	error_set(err, ERR_NOT_FOUND, "there is no '%s" PARTIAL_SUFFIX "' to finish", path);
	return error_hint(err, "give the name that the capture was to have");
}

static int finish_disk(struct capture *c, size_t i, const char *dir, struct progress *progress,
		       struct error *err)
{
	const struct capture_options options = { .progress = progress };
	struct disk_job job = { .dir = dir, .number = i, .disk = &c->disks[i], .mask = "",
				.last = i + 1 == c->n_disks, .options = &options };
	int rc = disk_job_load(&job, err);

	job.split = disk_job_begun_split(&job);
	if (rc == 0)
		rc = disk_job_run(&job, err);
	ranges_clear(&job.used);
	return rc;
}

static void tidy(const struct capture *c, const char *dir)
{
	for (size_t i = 0; i < c->n_disks; i++) {
		const struct disk_job job = { .dir = dir, .number = i };

		disk_job_tidy(&job);
	}
}

int capture_finish(const char *path, struct progress *progress, struct capture *ret,
		   struct error *err)
{
	struct outdir dir CLEANUP_OUTDIR = OUTDIR_INIT;
	struct capture c CLEANUP_CAPTURE = CAPTURE_INIT;

	if (need_partial(path, err) < 0 || outdir_open(&dir, path, OUTDIR_RESUME, err) < 0 ||
	    capture_read(&c, dir.partial, err) < 0)
		return -1;
	free(c.name);
	c.name = path_stem(path, CAPTURE_SUFFIX);
	for (size_t i = 0; i < c.n_disks; i++)
		if (finish_disk(&c, i, dir.partial, progress, err) < 0)
			return -1;
	if (capture_write(&c, dir.partial, err) < 0)
		return -1;
	tidy(&c, dir.partial);
	return capture_commit(&dir, &c, ret, err);
}
