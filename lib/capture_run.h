/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CAPTURE_RUN_H
#define REHOST_CAPTURE_RUN_H

/* What the parts of disk_job_run() share; nothing here is for others. */

#include "lib/capture_disk.h"
#include "lib/capture_state.h"
#include "lib/disk_digest.h"
#include "lib/part_file.h"
#include "lib/qcow2.h"

struct capture_run {
	struct disk_job *job;
	struct capture_state state;
	struct qcow2 image;
	struct disk_digest digest;
	struct source base;		/* open if there is one           */
	struct ranges visit;		/* used, and where base has data  */
	struct part_file parts;		/* of the image, if the job wants it in parts */
	int image_fd, rescue_fd;
};

/** capture_run_begin - open the job's files, and find the last safe point if there is one */
int capture_run_begin(struct capture_run *r, struct error *err);

/** capture_open_file - open or make a file of the job: ".qcow2" */
int capture_open_file(const struct capture_run *r, const char *suffix, int *ret_fd,
		      struct error *err);

/* Of the state, each of these says what has been made safe before. */
int capture_sync(const struct capture_run *r, struct error *err);
int capture_write_map(struct capture_run *r, struct error *err);
int capture_write_state(const struct capture_run *r, struct error *err);

/** capture_blocks_size - how long the file of digests is at the least, where the state stands [bytes] */
uint64_t capture_blocks_size(const struct capture_run *r);

/** capture_make_map - while copying the map follows from what is used, how far we are, what failed */
int capture_make_map(struct capture_run *r, uint64_t pos, const struct ranges *failed,
		     struct error *err);

/**
 * capture_compare - read some blocks of the source again
 * @ret_n:  how many are not what they were
 * @ret_at: the first byte of the first of them
 * @err:    only if our own digests cannot be read: what cannot be read again is not compared
 */
int capture_compare(struct capture_run *r, uint64_t *ret_n, uint64_t *ret_at, struct error *err);

/* The phases; each begins where r->state says and leaves r->state at its end. */
int capture_copy(struct capture_run *r, struct error *err);
int capture_rescue(struct capture_run *r, struct error *err);
int capture_fill(struct capture_run *r, struct error *err);

#endif
