/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CAPTURE_DISK_H
#define REHOST_CAPTURE_DISK_H

/*
 * Capturing one disk into a partial folder, or going on with it. Beside the results there are, while
 * it lasts:
 *
 *	disk0.used	what is to be read                         (text of a map)
 *	disk0.blocks	digests of the blocks that are in the image
 *	disk0.state	the last safe point
 *	disk0.rescue	what was rescued of areas that could not be read at once, lib/rescue_file.h
 *
 * disk0.map is for people and for ddrescue until the end: what is gone on with stands in the state.
 */

#include "lib/capture.h"
#include "lib/ranges.h"
#include "lib/source.h"

struct disk_job {
	struct source *source;		/* NULL: it is gone; make do with what was read */
	struct ranges used;		/* what is to be read                      */
	const char *dir;		/* the partial folder                      */
	size_t number;
	struct capture_disk *disk;	/* digests and counts are filled in        */
	bool last;			/* no other disk follows                   */
	const char *mask;		/* digest of the map of ddrescue that goes with the source, or "" */
	uint64_t split;			/* the image in parts of this size; 0: not */
	const struct capture_options *options;
};

/** disk_job_path - path of a file of the job in its folder: ".state"; the caller frees it */
char *disk_job_path(const struct disk_job *job, const char *suffix);

/** disk_job_plan - keep job->used in the folder; its digest stands in disk->map_digest until the end */
int disk_job_plan(struct disk_job *job, struct error *err);

/** disk_job_load - take job->used from the folder; ERR_FORMAT if it is not what was planned */
int disk_job_load(struct disk_job *job, struct error *err);

/**
 * disk_job_run - capture the disk, from the last safe point on if there is one
 * @job: with everything but the results set
 * @err: ERR_REFUSED if the source is not the one of the safe point
 */
int disk_job_run(struct disk_job *job, struct error *err);

/** disk_job_begun_split - size of the parts that job's image was begun with [bytes]; 0: it was not */
uint64_t disk_job_begun_split(const struct disk_job *job);

/** disk_job_tidy - remove everything that is not a result */
void disk_job_tidy(const struct disk_job *job);

#endif
