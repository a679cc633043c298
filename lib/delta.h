/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_DELTA_H
#define REHOST_DELTA_H

/*
 * What makes a new file out of an old one: the delta of librsync, which rdiff(1) applies, too. Parts
 * that are in the old file, at whatever place, are named; the rest is carried along. Memory grows with
 * the square root of the old file's size.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/progress.h"
#include "lib/parts.h"

/* A file, or a stretch of one. */
struct stretch {
	const struct parts *data;
	uint64_t offset, size;		/* [bytes]      */
	const char *path;		/* for messages */
};

/** delta_sink_fn - takes what comes out, in order */
typedef int (*delta_sink_fn)(void *arg, const void *data, size_t len, struct error *err);

/**
 * delta_make - compare two files
 * @sink:     gets the delta
 * @progress: a phase over the sizes of both has begun; or NULL
 */
int delta_make(const struct stretch *old, const struct stretch *new, struct progress *progress,
	       delta_sink_fn sink, void *arg, struct error *err);

/**
 * delta_apply - make the new file
 * @delta: verified by the caller
 * @max:   bytes that may come out; more are refused
 * @sink:  gets the new file, whose digest the caller compares
 * @err:   ERR_INTEGRITY if the delta makes no sense
 */
int delta_apply(const struct stretch *old, const struct stretch *delta, uint64_t max,
		delta_sink_fn sink, void *arg, struct error *err);

#endif
