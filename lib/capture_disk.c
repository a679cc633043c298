// SPDX-License-Identifier: GPL-2.0-or-later
/* Capturing one disk: copy, rescue, fill, finish, each of them from the last safe point on. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/capture_run.h"
#include "lib/capture_target.h"

static void run_clear(struct capture_run *r)
{
	capture_state_clear(&r->state);
	qcow2_clear(&r->image);
	disk_digest_close(&r->digest);
	source_close(&r->base);
	ranges_clear(&r->visit);
	cleanup_close(&r->image_fd);
	part_file_end(&r->parts);
	cleanup_close(&r->rescue_fd);
}

char *disk_job_path(const struct disk_job *job, const char *suffix)
{
	return xasprintf("%s/disk%zu%s", job->dir, job->number, suffix);
}

int disk_job_plan(struct disk_job *job, struct error *err)
{
	CLEANUP_FREE char *path = disk_job_path(job, ".used");
	struct mapfile map CLEANUP_MAPFILE = MAPFILE_INIT;

	mapfile_from_ranges(&map, &job->used, job->disk->size);
	job->disk->unused_bytes = mapfile_total(&map, MAP_NON_TRIED);
	if (mapfile_write(&map, path, OUTFILE_REPLACE, err) < 0)
		return -1;
	return digest_file(path, job->disk->map_digest, NULL, err);
}

int disk_job_load(struct disk_job *job, struct error *err)
{
	CLEANUP_FREE char *path = disk_job_path(job, ".used");
	struct mapfile map CLEANUP_MAPFILE = MAPFILE_INIT;
	char digest[DIGEST_HEX_SIZE];

	if (digest_file(path, digest, NULL, err) < 0)
		return -1;
	if (strcmp(digest, job->disk->map_digest) != 0)
		return error_set(err, ERR_FORMAT, "'%s' was changed", path);
	if (mapfile_read(&map, path, job->disk->size, err) < 0)
		return -1;
	mapfile_to_ranges(&map, MAP_FINISHED, &job->used);
	return 0;
}

/* With the last disk the whole folder is made safe and renamed: no need to do it twice. */
static int note_done(struct capture_run *r, struct error *err)
{
	free(STEAL(r->state.image));
	r->state.image_len = 0;
	r->state.phase = PHASE_DONE;
	if (capture_sync(r, err) < 0)
		return -1;
	return capture_write_state(r, err);
}

/* "Not tried" means "not in use" in a finished map: what is in use and was never reached is not. */
static int mark_untried(struct capture_run *r, struct error *err)
{
	struct ranges untried CLEANUP_RANGES = RANGES_INIT, missing CLEANUP_RANGES = RANGES_INIT;

	mapfile_to_ranges(&r->state.map, MAP_NON_TRIED, &untried);
	ranges_common(&untried, &r->job->used, &missing);
	for (size_t i = 0; i < missing.n; i++)
		if (mapfile_mark(&r->state.map, missing.v[i].start,
				 missing.v[i].end - missing.v[i].start, MAP_NON_TRIMMED, err) < 0)
			return -1;
	return 0;
}

static int seal(struct capture_run *r, struct error *err)
{
	if (mark_untried(r, err) < 0)
		return -1;
	r->state.map.phase = MAP_FINISHED;
	r->state.map.pos = 0;
	if (capture_write_map(r, err) < 0 || qcow2_finish(&r->image, err) < 0 ||
	    (r->image.parts && part_file_rename(&r->parts, err) < 0))
		return -1;
	return r->job->last ? 0 : note_done(r, err);
}

/* Everything in use that is not finished could not be read. */
static int finish(struct capture_run *r, struct error *err)
{
	struct capture_disk *d = r->job->disk;
	CLEANUP_FREE char *map = disk_job_path(r->job, ".map");

	if (r->state.phase == PHASE_COPY && capture_make_map(r, d->size, &r->state.failed, err) < 0)
		return -1;
	if (r->state.phase != PHASE_DONE && r->job->source &&
	    capture_compare(r, &d->unsteady, &d->unsteady_at, err) < 0)
		return -1;
	if (r->state.phase != PHASE_DONE && seal(r, err) < 0)
		return -1;
	d->bad_bytes = ranges_total(&r->job->used) - mapfile_total(&r->state.map, MAP_FINISHED);
	if (digest_file(map, d->map_digest, NULL, err) < 0)
		return -1;
	free(STEAL(d->extents));
	return disk_digest_finish(&r->digest, &d->extents, &d->n_extents, d->digest, err);
}

/* Without a disk there is what was read: the rest of what is in use counts as not readable. */
static int give_up_rest(struct capture_run *r, struct error *err)
{
	const struct ranges *used = &r->job->used;

	if (r->state.phase == PHASE_COPY)
		for (size_t i = ranges_find(used, r->state.pos); i < used->n; i++)
			ranges_add(&r->state.failed, MAX(used->v[i].start, r->state.pos), used->v[i].end);
	if (r->state.phase != PHASE_RESCUE)
		return 0;
	r->state.phase = PHASE_FILL;
	r->state.pos = 0;
	return capture_write_state(r, err);
}

static int do_phases(struct capture_run *r, struct error *err)
{
	if (!r->job->source && give_up_rest(r, err) < 0)
		return -1;
	if (r->job->source && r->state.phase == PHASE_COPY && capture_copy(r, err) < 0)
		return -1;
	if (r->state.phase == PHASE_RESCUE && capture_rescue(r, err) < 0)
		return -1;
	if (r->state.phase == PHASE_FILL && capture_fill(r, err) < 0)
		return -1;
	return finish(r, err);
}

int disk_job_run(struct disk_job *job, struct error *err)
{
	struct capture_run r __attribute__((cleanup(run_clear))) = {
		.job = job, .state = CAPTURE_STATE_INIT, .image = QCOW2_INIT,
		.digest = DISK_DIGEST_INIT, .base = SOURCE_INIT, .image_fd = -1, .rescue_fd = -1,
	};

	return capture_run_begin(&r, err) < 0 ? -1 : do_phases(&r, err);
}

uint64_t disk_job_begun_split(const struct disk_job *job)
{
	CLEANUP_FREE char *path = disk_job_path(job, ".qcow2"), *first = part_name(path, 0);
	struct parts parts CLEANUP_PARTS = PARTS_INIT;

	if (!path_exists(first) || parts_open(&parts, first, NULL) < 0)
		return 0;
	if (parts.n > 1)
		return parts.list[0].size;
	return job->options && job->options->split ? job->options->split : CAPTURE_PART_SIZE;
}

void disk_job_tidy(const struct disk_job *job)
{
	static const char *const suffixes[] = { ".used", ".blocks", ".state", ".rescue" };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		CLEANUP_FREE char *path = disk_job_path(job, suffixes[i]);

		unlink(path);
	}
}
