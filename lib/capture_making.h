/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CAPTURE_MAKING_H
#define REHOST_CAPTURE_MAKING_H

/* What the parts of capture_make() share; nothing here is for others. */

#include "lib/base/outfile.h"
#include "lib/capture_disk.h"
#include "lib/live.h"

struct making {
	const struct capture_options *options;
	struct source *sources;
	size_t n_sources;
	struct disk_job *jobs;		/* one for each source */
	struct mapfile mask;		/* of the only source, if there is one */
	char mask_digest[DIGEST_HEX_SIZE];
	struct source had;
	struct live live;
	struct outdir dir;
	struct capture capture;
};

/** making_set_up_jobs - a job for each source, without what is to be read of it */
void making_set_up_jobs(struct making *m);

/** making_find_used - what is to be read of source @i, and the volumes that are on it */
int making_find_used(struct making *m, size_t i, struct error *err);

/** making_choose_split - in parts: as it was begun, as it is wanted, or as the target's file system wants it */
int making_choose_split(struct making *m, struct error *err);

/** making_choose_base - the disks of an older capture, by their paths as seen from the new folder */
int making_choose_base(struct making *m, struct error *err);

/**
 * making_take_up - go on with what was begun in m->dir
 * @err: ERR_REFUSED if the disks, the options or the file systems are not those of then, or the plan cannot be
 *	 read: what was read of a dying disk is not thrown away without a word
 */
int making_take_up(struct making *m, struct error *err);

#endif
