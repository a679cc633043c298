/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_LOAD_H
#define REHOST_LOAD_H

/*
 * What an old PC really used, from the export of a monitor: sysstat ('sadf -d FILE -- -u -r -b', or
 * 'sadf -j'), or Windows performance counters as CSV (typeperf, relog -f csv; English or German names).
 * Kept is what planning needs: the 95th percentile, so that a short peak does not count and a busy
 * shift does.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

enum {
	LOAD_SIZE_MAX = 64 << 20,	/* a larger export is refused            [bytes] */
	LOAD_SAMPLES_MAX = 1 << 20,	/* more samples are refused                      */
	LOAD_FEW = 288,			/* fewer samples say little: a day of 5 minutes  */
};

struct load {
	const char *kind;	/* sysstat, performance counters                        */
	size_t n;		/* samples of the processors                            */
	int64_t cpu_permille;	/* p95 of what all processors did, -1: not in the export */
	uint64_t memory;	/* most that was in use, without caches; 0: not in it [bytes] */
	uint64_t iops, rate;	/* p95 of the disks, 0: not in it        [1/s], [bytes/s] */
};

/**
 * load_read - the load in an export
 * @ret:  set on success
 * @path: the export; its kind is told by its contents
 * @err:  ERR_FORMAT if it is neither, or holds nothing that is needed
 */
int load_read(struct load *ret, const char *path, struct error *err);

/** load_read_memory - the same from a buffer with a 0 byte behind it; @name stands in messages */
int load_read_memory(struct load *ret, const char *text, size_t len, const char *name,
		     struct error *err);

#endif
