/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_RESCUE_H
#define REHOST_RESCUE_H

/*
 * Getting what can be got from the bad areas of a disk, the way GNU ddrescue does it: the largest
 * good areas first, then the edges of what failed (trimming), then single sectors (scraping), then
 * what is left again and again, in both directions. What is known stands in a map, so that the work
 * can be left at any time and taken up again.
 *
 * Source: GNU ddrescue manual, "Algorithm".
 */

#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/progress.h"
#include "lib/mapfile.h"
#include "lib/ranges.h"
#include "lib/rescue_file.h"
#include "lib/source.h"

struct rescue {
	struct source *source;
	const struct ranges *domain;	/* what is to be read at all                        */
	struct mapfile *map;		/* MAP_NON_TRIED in the domain is where to begin    */
	const struct rescue_file *file;	/* takes what was read                              */
	uint64_t retries;		/* how often bad sectors are tried again            */
	double timeout;			/* give up so long after the last success [s]; 0: never */
	struct progress *progress;	/* or NULL                                          */
	int (*checkpoint)(void *arg, struct error *err);	/* or NULL                  */
	void *arg;
	double interval;		/* between checkpoints [s]                          */
	double last_success, last_checkpoint;	/* its own */
};

/**
 * rescue_run - read what can be read
 * @r:   what, from where
 * @err: interrupted, the disk is gone, or the target is full; bad sectors are no error
 *
 * Return: 0 when nothing is left to try or the timeout has passed; the map says what was read.
 */
int rescue_run(struct rescue *r, struct error *err);

/** read_error_is_final - is the disk gone (no use in trying its other areas)? @error: negative errno */
bool read_error_is_final(int error);

#endif
