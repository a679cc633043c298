// SPDX-License-Identifier: GPL-2.0-or-later
/* The phases of capturing one disk, and what is made safe at the safe points of each. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/capture_run.h"
#include "lib/copy.h"
#include "lib/rescue.h"
#include "lib/rescue_file.h"

int capture_open_file(const struct capture_run *r, const char *suffix, int *ret_fd,
		      struct error *err)
{
	CLEANUP_FREE char *path = disk_job_path(r->job, suffix);

	*ret_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	return *ret_fd < 0 ? error_sys(err, errno, "create '%s'", path) : 0;
}

static int sync_file(int fd, struct error *err)
{
	return fdatasync(fd) < 0 ? error_sys(err, errno, "sync the capture") : 0;
}

int capture_write_map(struct capture_run *r, struct error *err)
{
	CLEANUP_FREE char *path = disk_job_path(r->job, ".map");

	return mapfile_write(&r->state.map, path, OUTFILE_REPLACE, err);
}

uint64_t capture_blocks_size(const struct capture_run *r)
{
	uint64_t end = r->state.phase == PHASE_COPY ? r->state.pos : r->job->disk->size;

	return end / DISK_BLOCK * DIGEST_SIZE;
}

/* Digests that were never set are zeros; that they are there at all shows later that nothing was cut off. */
static int fill_up_blocks(const struct capture_run *r, struct error *err)
{
	off_t size = (off_t)capture_blocks_size(r);
	struct stat st;

	if (fstat(r->digest.fd, &st) < 0 || (st.st_size < size && ftruncate(r->digest.fd, size) < 0))
		return error_sys(err, errno, "write digests");
	return 0;
}

int capture_write_state(const struct capture_run *r, struct error *err)
{
	CLEANUP_FREE char *path = disk_job_path(r->job, ".state");

	return fill_up_blocks(r, err) < 0 ? -1 : capture_state_write(&r->state, path, err);
}

int capture_sync(const struct capture_run *r, struct error *err)
{
	int rc = r->image.parts ? part_file_sync(r->image.parts, err) : sync_file(r->image_fd, err);

	return rc < 0 ? -1 : sync_file(r->digest.fd, err);
}

/* While copying the map follows from what is used, how far we are, and what failed. */
int capture_make_map(struct capture_run *r, uint64_t pos, const struct ranges *failed,
		     struct error *err)
{
	struct ranges done CLEANUP_RANGES = RANGES_INIT;

	for (size_t i = 0; i < r->job->used.n && r->job->used.v[i].start < pos; i++)
		ranges_add(&done, r->job->used.v[i].start, MIN(r->job->used.v[i].end, pos));
	mapfile_clear(&r->state.map);
	mapfile_from_ranges(&r->state.map, &done, r->job->disk->size);
	r->state.map.pos = pos;
	for (size_t i = 0; i < failed->n; i++)
		if (mapfile_mark(&r->state.map, failed->v[i].start, failed->v[i].end - failed->v[i].start,
				 MAP_NON_TRIED, err) < 0)
			return -1;
	return 0;
}

static void take_point(struct capture_state *s, const struct copy_point *p)
{
	free(s->image);
	s->image = xmemdup(p->image, p->image_len);
	s->image_len = p->image_len;
	s->pos = p->pos;
	s->skip = p->skip;
}

/* First the data, then the map, then the state that says that both are there. */
static int copy_checkpoint(void *arg, const struct copy_point *p, struct error *err)
{
	struct capture_run *r = arg;

	take_point(&r->state, p);
	ranges_clear(&r->state.failed);
	ranges_add_all(&r->state.failed, &p->failed);
	if (capture_sync(r, err) < 0 ||
	    capture_make_map(r, p->pos, &p->failed, err) < 0 || capture_write_map(r, err) < 0)
		return -1;
	return capture_write_state(r, err);
}

static int fill_checkpoint(void *arg, const struct copy_point *p, struct error *err)
{
	struct capture_run *r = arg;

	take_point(&r->state, p);
	return capture_sync(r, err) < 0 ? -1 : capture_write_state(r, err);
}

static double interval(const struct capture_run *r)
{
	return r->job->options->interval > 0 ? r->job->options->interval : CAPTURE_INTERVAL;
}

static struct source *base_of(struct capture_run *r)
{
	return r->job->disk->base ? &r->base : NULL;
}

static int begin_rescue(struct capture_run *r, struct error *err)
{
	r->state.phase = PHASE_RESCUE;
	if (capture_make_map(r, r->job->disk->size, &r->state.failed, err) < 0 || capture_write_map(r, err) < 0)
		return -1;
	return capture_write_state(r, err);
}

int capture_copy(struct capture_run *r, struct error *err)
{
	const struct capture_options *o = r->job->options;
	CLEANUP_FREE char *phase = xasprintf("capture %s", r->job->source->name);
	struct copy copy = {
		.source = r->job->source, .used = &r->job->used, .image = &r->image,
		.compress = !o->plain, .digest = &r->digest, .progress = o->progress,
		.limit = o->limit, .tolerate = true, .checkpoint = copy_checkpoint, .arg = r,
		.interval = interval(r), .point = { .pos = r->state.pos, .skip = r->state.skip },
		.base = base_of(r), .visit = base_of(r) ? &r->visit : NULL,
	};
	int rc;

	copy.point.failed = r->state.failed;
	r->state.failed = (struct ranges)RANGES_INIT;
	progress_begin(o->progress, phase, ranges_total(&r->job->used));
	rc = copy_run(&copy, err);
	progress_end(o->progress);
	r->state.failed = copy.point.failed;
	copy.point.failed = (struct ranges)RANGES_INIT;
	copy_point_clear(&copy.point);
	if (rc < 0)
		return error_wrap(err, "capture '%s'", r->job->source->name);
	return r->state.failed.n ? begin_rescue(r, err) : 0;
}

static int rescue_checkpoint(void *arg, struct error *err)
{
	struct capture_run *r = arg;

	if (sync_file(r->rescue_fd, err) < 0 || capture_write_map(r, err) < 0)
		return -1;
	return capture_write_state(r, err);
}

int capture_rescue(struct capture_run *r, struct error *err)
{
	const struct capture_options *o = r->job->options;
	struct error final CLEANUP_ERROR = ERROR_INIT;
	struct rescue rescue = {
		.source = r->job->source, .domain = &r->state.failed, .map = &r->state.map,
		.retries = o->retries, .timeout = o->timeout, .progress = o->progress,
		.checkpoint = rescue_checkpoint, .arg = r, .interval = interval(r),
	};
	struct rescue_file file CLEANUP_RESCUE_FILE = RESCUE_FILE_INIT;
	int rc;

	if (capture_open_file(r, ".rescue", &r->rescue_fd, err) < 0)
		return -1;
	rescue_file_begin(&file, r->rescue_fd, &r->state.failed);
	rescue.file = &file;
	rc = rescue_run(&rescue, err);
	/* Whatever ended it: what is known is kept. */
	if (rescue_checkpoint(r, &final) < 0 && rc == 0)
		rc = error_move(err, &final);
	if (rc < 0)
		return error_wrap(err, "rescue '%s'", r->job->source->name);
	r->state.phase = PHASE_FILL;
	r->state.pos = 0;
	return capture_write_state(r, err);
}

int capture_fill(struct capture_run *r, struct error *err)
{
	struct rescue_file file CLEANUP_RESCUE_FILE = RESCUE_FILE_INIT;
	struct source rescued CLEANUP_SOURCE = SOURCE_INIT;
	struct copy copy = {
		.source = &rescued, .used = &r->state.failed, .image = &r->image,
		.compress = !r->job->options->plain, .digest = &r->digest,
		.progress = r->job->options->progress, .checkpoint = fill_checkpoint, .arg = r,
		.interval = interval(r), .point = { .pos = r->state.pos }, .base = base_of(r),
	};
	int rc;

	if (r->rescue_fd < 0 && capture_open_file(r, ".rescue", &r->rescue_fd, err) < 0)
		return -1;
	rescue_file_begin(&file, r->rescue_fd, &r->state.failed);
	rescue_file_source(&file, r->job->disk->size, &rescued);
	progress_begin(copy.progress, "store what was rescued", ranges_total(&r->state.failed));
	rc = copy_run(&copy, err);
	progress_end(copy.progress);
	copy_point_clear(&copy.point);
	return rc;
}
