// SPDX-License-Identifier: GPL-2.0-or-later
/* Capturing one disk: copy, rescue, fill, finish, each of them from the last safe point on. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/capture_disk.h"
#include "lib/capture_state.h"
#include "lib/copy.h"
#include "lib/rescue.h"

enum { SAMPLES = 16 };

struct run {
	struct disk_job *job;
	struct capture_state state;
	struct ranges failed;		/* what could not be read at once */
	struct mapfile map;
	struct qcow2 image;
	struct disk_digest digest;
	struct source base;		/* open if there is one           */
	struct ranges visit;		/* used, and where base has data  */
	int image_fd, rescue_fd;
};

static void run_clear(struct run *r)
{
	capture_state_clear(&r->state);
	ranges_clear(&r->failed);
	mapfile_clear(&r->map);
	qcow2_clear(&r->image);
	disk_digest_close(&r->digest);
	source_close(&r->base);
	ranges_clear(&r->visit);
	cleanup_close(&r->image_fd);
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

static int open_file(const struct run *r, const char *suffix, int *ret_fd, struct error *err)
{
	CLEANUP_FREE char *path = disk_job_path(r->job, suffix);

	*ret_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	return *ret_fd < 0 ? error_sys(err, errno, "create '%s'", path) : 0;
}

static int sync_file(int fd, struct error *err)
{
	return fdatasync(fd) < 0 ? error_sys(err, errno, "sync the capture") : 0;
}

static int write_map(struct run *r, struct error *err)
{
	CLEANUP_FREE char *path = disk_job_path(r->job, ".map");

	return mapfile_write(&r->map, path, OUTFILE_REPLACE, err);
}

static int write_state(const struct run *r, struct error *err)
{
	CLEANUP_FREE char *path = disk_job_path(r->job, ".state");

	return capture_state_write(&r->state, path, err);
}

/* While copying the map follows from what is used, how far we are, and what failed. */
static int make_map(struct run *r, uint64_t pos, const struct ranges *failed, struct error *err)
{
	struct ranges done CLEANUP_RANGES = RANGES_INIT;

	for (size_t i = 0; i < r->job->used.n && r->job->used.v[i].start < pos; i++)
		ranges_add(&done, r->job->used.v[i].start, MIN(r->job->used.v[i].end, pos));
	mapfile_clear(&r->map);
	mapfile_from_ranges(&r->map, &done, r->job->disk->size);
	r->map.pos = pos;
	for (size_t i = 0; i < failed->n; i++)
		if (mapfile_mark(&r->map, failed->v[i].start, failed->v[i].end - failed->v[i].start,
				 MAP_NON_TRIED, err) < 0)
			return -1;
	return 0;
}

/* First the data, then the map, then the state that says that both are there. */
static int copy_checkpoint(void *arg, const struct copy_point *p, struct error *err)
{
	struct run *r = arg;

	capture_state_clear(&r->state);
	r->state = (struct capture_state){ .phase = PHASE_COPY, .pos = p->pos, .skip = p->skip,
					   .failed = ranges_total(&p->failed) };
	r->state.image = xmemdup(p->image, p->image_len);
	r->state.image_len = p->image_len;
	if (sync_file(r->image_fd, err) < 0 || sync_file(r->digest.fd, err) < 0 ||
	    make_map(r, p->pos, &p->failed, err) < 0 || write_map(r, err) < 0)
		return -1;
	return write_state(r, err);
}

static int fill_checkpoint(void *arg, const struct copy_point *p, struct error *err)
{
	struct run *r = arg;
	uint64_t failed = r->state.failed;

	capture_state_clear(&r->state);
	r->state = (struct capture_state){ .phase = PHASE_FILL, .pos = p->pos, .failed = failed };
	r->state.image = xmemdup(p->image, p->image_len);
	r->state.image_len = p->image_len;
	if (sync_file(r->image_fd, err) < 0 || sync_file(r->digest.fd, err) < 0)
		return -1;
	return write_state(r, err);
}

static double interval(const struct run *r)
{
	return r->job->options->interval > 0 ? r->job->options->interval : CAPTURE_INTERVAL;
}

static struct source *base_of(struct run *r)
{
	return r->job->disk->base ? &r->base : NULL;
}

/* Where the older disk has data and the new one has not, zeros must be stored. */
static int open_base(struct run *r, struct error *err)
{
	CLEANUP_FREE char *path = NULL;
	const struct ranges *used = &r->job->used;

	if (!r->job->disk->base)
		return 0;
	path = path_join(r->job->dir, r->job->disk->base);
	if (source_open(&r->base, path, SOURCE_BACKED, err) < 0)
		return -1;
	if (r->base.size != r->job->disk->size)
		return error_set(err, ERR_REFUSED, "'%s' is a disk of another size", path);
	for (uint64_t at = 0; at < r->base.size;) {
		bool zero = false;
		uint64_t len = source_extent(&r->base, at, &zero);

		if (!zero)
			ranges_add(&r->visit, at, at + len);
		at += len;
	}
	for (size_t i = 0; i < used->n; i++)
		ranges_add(&r->visit, used->v[i].start, used->v[i].end);
	return 0;
}

static int copy_phase(struct run *r, struct error *err)
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

	copy.point.failed = r->failed;
	r->failed = (struct ranges)RANGES_INIT;
	progress_begin(o->progress, phase, ranges_total(&r->job->used));
	rc = copy_run(&copy, err);
	progress_end(o->progress);
	r->failed = copy.point.failed;
	copy.point.failed = (struct ranges)RANGES_INIT;
	copy_point_clear(&copy.point);
	return rc < 0 ? error_wrap(err, "capture '%s'", r->job->source->name) : 0;
}

/* From here on the areas that failed are known by a file of their own. */
static int begin_rescue(struct run *r, struct error *err)
{
	CLEANUP_FREE char *path = disk_job_path(r->job, ".failed");
	struct mapfile failed CLEANUP_MAPFILE = MAPFILE_INIT;

	mapfile_from_ranges(&failed, &r->failed, r->job->disk->size);
	r->state.phase = PHASE_RESCUE;
	if (make_map(r, r->job->disk->size, &r->failed, err) < 0 ||
	    mapfile_write(&failed, path, OUTFILE_REPLACE, err) < 0 || write_map(r, err) < 0)
		return -1;
	return write_state(r, err);
}

static int rescue_checkpoint(void *arg, struct error *err)
{
	struct run *r = arg;

	if (sync_file(r->rescue_fd, err) < 0)
		return -1;
	return write_map(r, err);
}

static int rescue_phase(struct run *r, struct error *err)
{
	const struct capture_options *o = r->job->options;
	struct error final CLEANUP_ERROR = ERROR_INIT;
	struct rescue rescue = {
		.source = r->job->source, .domain = &r->failed, .map = &r->map,
		.retries = o->retries, .timeout = o->timeout, .progress = o->progress,
		.checkpoint = rescue_checkpoint, .arg = r, .interval = interval(r),
	};
	int rc;

	if (open_file(r, ".rescue", &r->rescue_fd, err) < 0)
		return -1;
	if (ftruncate(r->rescue_fd, (off_t)r->job->disk->size) < 0)
		return error_sys(err, errno, "make room for what is rescued");
	rescue.fd = r->rescue_fd;
	rc = rescue_run(&rescue, err);
	/* Whatever ended it: what is known is kept. */
	if (rescue_checkpoint(r, &final) < 0 && rc == 0)
		rc = error_move(err, &final);
	return rc < 0 ? error_wrap(err, "rescue '%s'", r->job->source->name) : 0;
}

static int fill_phase(struct run *r, struct error *err)
{
	CLEANUP_FREE char *path = disk_job_path(r->job, ".rescue");
	struct source rescued CLEANUP_SOURCE = SOURCE_INIT;
	struct copy copy = {
		.source = &rescued, .used = &r->failed, .image = &r->image,
		.compress = !r->job->options->plain, .digest = &r->digest,
		.progress = r->job->options->progress, .checkpoint = fill_checkpoint, .arg = r,
		.interval = interval(r), .point = { .pos = r->state.pos }, .base = base_of(r),
	};
	int rc;

	if (source_open(&rescued, path, SOURCE_RAW, err) < 0)
		return -1;
	progress_begin(copy.progress, "store what was rescued", ranges_total(&r->failed));
	rc = copy_run(&copy, err);
	progress_end(copy.progress);
	copy_point_clear(&copy.point);
	return rc;
}

/* With the last disk the whole folder is made safe and renamed: no need to do it twice. */
static int note_done(struct run *r, struct error *err)
{
	capture_state_clear(&r->state);
	r->state.phase = PHASE_DONE;
	if (sync_file(r->image_fd, err) < 0 || sync_file(r->digest.fd, err) < 0)
		return -1;
	return write_state(r, err);
}

/* Everything in use that is not finished could not be read. */
static int finish(struct run *r, struct error *err)
{
	struct capture_disk *d = r->job->disk;
	CLEANUP_FREE char *map = disk_job_path(r->job, ".map");

	if (r->state.phase == PHASE_COPY && make_map(r, d->size, &r->failed, err) < 0)
		return -1;
	if (r->state.phase != PHASE_DONE) {
		r->map.phase = MAP_FINISHED;
		r->map.pos = 0;
		if (write_map(r, err) < 0 || qcow2_finish(&r->image, err) < 0 ||
		    (!r->job->last && note_done(r, err) < 0))
			return -1;
	}
	d->bad_bytes = ranges_total(&r->job->used) - mapfile_total(&r->map, MAP_FINISHED);
	if (digest_file(map, d->map_digest, NULL, err) < 0)
		return -1;
	free(STEAL(d->extents));
	return disk_digest_finish(&r->digest, &d->extents, &d->n_extents, d->digest, err);
}

/* Blocks that were read before must read the same today: else it is not the same disk any more. */
static int check_samples(const struct run *r, struct error *err)
{
	uint64_t end = r->state.phase == PHASE_COPY ? r->state.pos : r->job->disk->size;
	uint64_t blocks = end / DISK_BLOCK, checked = 0;

	for (uint64_t i = 0; i < 4 * SAMPLES && checked < SAMPLES && i < blocks; i++) {
		uint64_t block = blocks <= 4 * SAMPLES ? i : i * (blocks - 1) / (4 * SAMPLES - 1);
		uint8_t then[DIGEST_SIZE], now[DIGEST_SIZE];

		if (disk_digest_get(&r->digest, block, then, err) < 0)
			return -1;
		if (bytes_are_zero(then, DIGEST_SIZE) ||
		    copy_block_digest(r->job->source, &r->job->used, block, now) < 0)
			continue;
		checked++;
		if (memcmp(then, now, DIGEST_SIZE) == 0)
			continue;
		error_set(err, ERR_REFUSED, "'%s' has changed since it was read: byte %" PRIu64
			  " and following", r->job->source->name, block * DISK_BLOCK);
		return error_hint(err, "remove '%s' to begin anew", r->job->dir);
	}
	return 0;
}

/* The areas that had failed when the state was written. */
static int load_failed(struct run *r, struct error *err)
{
	CLEANUP_FREE char *failed = disk_job_path(r->job, ".failed");
	CLEANUP_FREE char *map = disk_job_path(r->job, ".map");
	struct mapfile known CLEANUP_MAPFILE = MAPFILE_INIT;
	bool copying = r->state.phase == PHASE_COPY;

	if (r->state.phase == PHASE_DONE || r->state.failed)
		if (mapfile_read(&r->map, map, r->job->disk->size, err) < 0)
			return -1;
	if (r->state.failed == 0 || r->state.phase == PHASE_DONE)
		return 0;
	if (!copying && mapfile_read(&known, failed, r->job->disk->size, err) < 0)
		return -1;
	if (!copying) {
		mapfile_to_ranges(&known, MAP_FINISHED, &r->failed);
		return 0;
	}
	/* The map may be younger than the state: what lies behind its position is read again. */
	for (size_t i = 0; i < r->job->used.n && r->job->used.v[i].start < r->state.pos; i++) {
		uint64_t end = MIN(r->job->used.v[i].end, r->state.pos), at = r->job->used.v[i].start;

		for (; at < end; at = r->map.v[mapfile_find(&r->map, at)].end) {
			const struct map_area *a = &r->map.v[mapfile_find(&r->map, at)];

			if (a->status != MAP_FINISHED)
				ranges_add(&r->failed, at, MIN(a->end, end));
		}
	}
	return 0;
}

static int start_anew(struct run *r, struct error *err)
{
	CLEANUP_FREE char *rescue = disk_job_path(r->job, ".rescue");

	unlink(rescue);
	capture_state_clear(&r->state);
	ranges_clear(&r->failed);
	if (ftruncate(r->image_fd, 0) < 0 || ftruncate(r->digest.fd, 0) < 0)
		return error_sys(err, errno, "begin anew");
	return 0;
}

static int go_on(struct run *r, struct error *err)
{
	uint64_t blocks = r->state.pos / DISK_BLOCK * DIGEST_SIZE;

	if (load_failed(r, err) < 0)
		return -1;
	if (r->state.phase != PHASE_DONE &&
	    qcow2_resume(&r->image, r->state.image, r->state.image_len, err) < 0)
		return -1;
	if (r->state.phase == PHASE_COPY && ftruncate(r->digest.fd, (off_t)blocks) < 0)
		return error_sys(err, errno, "cut digests");
	return 0;
}

static int begin(struct run *r, struct error *err)
{
	CLEANUP_FREE char *state = disk_job_path(r->job, ".state");
	CLEANUP_FREE char *blocks = disk_job_path(r->job, ".blocks");
	struct error why CLEANUP_ERROR = ERROR_INIT;
	uint64_t size = r->job->disk->size;

	if (open_file(r, ".qcow2", &r->image_fd, err) < 0 ||
	    disk_digest_open(&r->digest, blocks, size, err) < 0 ||
	    qcow2_begin(&r->image, r->image_fd, size, r->job->disk->base, "qcow2", err) < 0 ||
	    open_base(r, err) < 0)
		return -1;
	if (capture_state_read(&r->state, state, &why) < 0)
		return start_anew(r, err);
	if (check_samples(r, err) < 0)
		return -1;
	if (go_on(r, &why) == 0)
		return 0;
	if (why.code == ERR_SYSTEM || why.code == ERR_NO_SPACE)
		return error_move(err, &why);
	/* A state that cannot be trusted costs time, not data. */
	qcow2_clear(&r->image);
	return qcow2_begin(&r->image, r->image_fd, size, r->job->disk->base, "qcow2", err) < 0 ? -1
		: start_anew(r, err);
}

static int do_phases(struct run *r, struct error *err)
{
	if (r->state.phase == PHASE_COPY) {
		if (copy_phase(r, err) < 0)
			return -1;
		if (r->failed.n && begin_rescue(r, err) < 0)
			return -1;
	}
	if (r->state.phase == PHASE_RESCUE) {
		if (rescue_phase(r, err) < 0)
			return -1;
		r->state.phase = PHASE_FILL;
		r->state.pos = 0;
		if (write_state(r, err) < 0)
			return -1;
	}
	if (r->state.phase == PHASE_FILL && fill_phase(r, err) < 0)
		return -1;
	return finish(r, err);
}

int disk_job_run(struct disk_job *job, struct error *err)
{
	struct run r __attribute__((cleanup(run_clear))) = {
		.job = job, .map = MAPFILE_INIT, .image = QCOW2_INIT,
		.digest = DISK_DIGEST_INIT, .base = SOURCE_INIT, .image_fd = -1, .rescue_fd = -1,
	};

	return begin(&r, err) < 0 ? -1 : do_phases(&r, err);
}

void disk_job_tidy(const struct disk_job *job)
{
	static const char *const suffixes[] = { ".used", ".blocks", ".state", ".failed", ".rescue" };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		CLEANUP_FREE char *path = disk_job_path(job, suffixes[i]);

		unlink(path);
	}
}
