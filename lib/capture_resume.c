// SPDX-License-Identifier: GPL-2.0-or-later
/* Capturing one disk: where to begin, or to go on from the last safe point. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"
#include "lib/capture_run.h"
#include "lib/copy.h"

enum {
	SAMPLES = 16, VOLUME_SAMPLES = 16,
	SUPERBLOCK = 1024,	/* of ext, and inside of the first block of all others [bytes] */
};

/* Where the older disk has data and the new one has not, zeros must be stored. */
static int open_base(struct capture_run *r, struct error *err)
{
	CLEANUP_FREE char *path = NULL;

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
	ranges_add_all(&r->visit, &r->job->used);
	return 0;
}

/* A block of those that are compared; false: this one says nothing. */
static bool is_steady(struct capture_run *r, uint64_t block, const uint8_t *then, bool *ret)
{
	uint8_t now[DIGEST_SIZE];

	source_forget(r->job->source, block * DISK_BLOCK, DISK_BLOCK);
	if (bytes_are_zero(then, DIGEST_SIZE) ||
	    copy_block_digest(r->job->source, &r->job->used, block, now) < 0)
		return false;
	*ret = memcmp(then, now, DIGEST_SIZE) == 0;
	return true;
}

static int compare_block(struct capture_run *r, uint64_t block, uint64_t *ret_n, uint64_t *ret_at,
			 uint64_t *ret_checked, struct error *err)
{
	uint8_t then[DIGEST_SIZE];
	bool steady = true;

	if (interrupt_check(err) < 0 || disk_digest_get(&r->digest, block, then, err) < 0)
		return -1;
	*ret_checked += is_steady(r, block, then, &steady);
	if (!steady && (*ret_n)++ == 0)
		*ret_at = block * DISK_BLOCK;
	return 0;
}

/* Where a file system begins it also keeps when it was last written. */
static int compare_volumes(struct capture_run *r, uint64_t blocks, uint64_t *ret_n, uint64_t *ret_at,
			   struct error *err)
{
	const struct capture_disk *d = r->job->disk;
	uint64_t checked = 0;

	for (size_t i = 0; i < d->n_volumes && checked < VOLUME_SAMPLES; i++) {
		uint64_t block = (d->volumes[i].start + SUPERBLOCK) / DISK_BLOCK;

		if (d->volumes[i].kind && block < blocks &&
		    compare_block(r, block, ret_n, ret_at, &checked, err) < 0)
			return -1;
	}
	return 0;
}

/* Blocks evenly over what was read, the first one with them, and those where file systems begin. */
int capture_compare(struct capture_run *r, uint64_t *ret_n, uint64_t *ret_at, struct error *err)
{
	uint64_t end = r->state.phase == PHASE_COPY && r->state.pos ? r->state.pos : r->job->disk->size;
	uint64_t blocks = end / DISK_BLOCK, checked = 0;

	*ret_n = *ret_at = 0;
	if (r->job->source->forward)
		return 0;
	for (uint64_t i = 0; i < 4 * SAMPLES && checked < SAMPLES && i < blocks; i++) {
		uint64_t block = blocks <= 4 * SAMPLES ? i : i * (blocks - 1) / (4 * SAMPLES - 1);

		if (compare_block(r, block, ret_n, ret_at, &checked, err) < 0)
			return -1;
	}
	return compare_volumes(r, blocks, ret_n, ret_at, err);
}

/* What was read before must read the same today: else it is not the same disk any more. */
static int check_samples(struct capture_run *r, struct error *err)
{
	uint64_t n = 0, at = 0;

	if (capture_compare(r, &n, &at, err) < 0)
		return -1;
	if (n == 0)
		return 0;
	error_set(err, ERR_REFUSED, "'%s' has changed since it was read: byte %" PRIu64
		  " and following", r->job->source->name, at);
	return error_hint(err, "remove '%s' to begin anew", r->job->dir);
}

/* Without its map the zeros that ddrescue left in its image would pass for data. */
static int check_mask(const struct capture_run *r, struct error *err)
{
	if (strcmp(r->state.mask, r->job->mask) == 0)
		return 0;
	error_set(err, ERR_REFUSED, "the capture in '%s' was begun %s", r->job->dir,
		  !*r->state.mask ? "without --map" : *r->job->mask ? "with another --map" : "with --map");
	return error_hint(err, "give the same options as then, or remove that folder to begin anew");
}

static int start_anew(struct capture_run *r, struct error *err)
{
	CLEANUP_FREE char *rescue = disk_job_path(r->job, ".rescue");

	unlink(rescue);
	capture_state_clear(&r->state);
	memcpy(r->state.mask, r->job->mask, strlen(r->job->mask) + 1);
	if ((!r->image.parts && ftruncate(r->image_fd, 0) < 0) || ftruncate(r->digest.fd, 0) < 0)
		return error_sys(err, errno, "begin anew");
	return r->image.parts ? part_file_cut(r->image.parts, 0, err) : 0;
}

static int go_on(struct capture_run *r, struct error *err)
{
	uint64_t blocks = capture_blocks_size(r);
	struct stat st;

	if (fstat(r->digest.fd, &st) < 0)
		return error_sys(err, errno, "look at the digests");
	if ((uint64_t)st.st_size < blocks)
		return error_set(err, ERR_FORMAT, "digests were cut off");
	if (r->state.phase != PHASE_DONE &&
	    qcow2_resume(&r->image, r->state.image, r->state.image_len, err) < 0)
		return -1;
	if (r->state.phase == PHASE_COPY && ftruncate(r->digest.fd, (off_t)blocks) < 0)
		return error_sys(err, errno, "cut digests");
	return 0;
}

/* Its file, or the first of its parts. */
static int begin_image(struct capture_run *r, struct error *err)
{
	CLEANUP_FREE char *path = disk_job_path(r->job, ".qcow2");

	/* what turned out to be one part has got the name of the whole */
	bool parts = r->job->split && (r->parts.path || !path_exists(path));

	if (!parts && r->image_fd < 0 && capture_open_file(r, ".qcow2", &r->image_fd, err) < 0)
		return -1;
	if (parts && !r->parts.path && part_file_begin(&r->parts, path, r->job->split, err) < 0)
		return -1;
	if (qcow2_begin(&r->image, r->image_fd, r->job->disk->size, r->job->disk->base, "qcow2", err) < 0)
		return -1;
	r->image.parts = parts ? &r->parts : NULL;
	return 0;
}

int capture_run_begin(struct capture_run *r, struct error *err)
{
	CLEANUP_FREE char *state = disk_job_path(r->job, ".state");
	CLEANUP_FREE char *blocks = disk_job_path(r->job, ".blocks");
	struct error why CLEANUP_ERROR = ERROR_INIT;
	uint64_t size = r->job->disk->size;

	if (disk_digest_open(&r->digest, blocks, size, err) < 0 || begin_image(r, err) < 0 ||
	    open_base(r, err) < 0)
		return -1;
	if (capture_state_read(&r->state, state, size, &why) < 0) {
		if (!r->job->source && why.code != ERR_NOT_FOUND)
			return error_move(err, &why);
		return start_anew(r, err);
	}
	if (r->job->source && (check_mask(r, err) < 0 || check_samples(r, err) < 0))
		return -1;
	if (go_on(r, &why) == 0)
		return 0;
	if (why.code == ERR_SYSTEM || why.code == ERR_NO_SPACE || !r->job->source)
		return error_move(err, &why);
	/* A state that cannot be trusted costs time, not data. */
	qcow2_clear(&r->image);
	return begin_image(r, err) < 0 ? -1 : start_anew(r, err);
}

