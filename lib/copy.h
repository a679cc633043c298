/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_COPY_H
#define REHOST_COPY_H

/*
 * One pass over a disk: read, find zeros, digest, compress, write.
 *
 * One thread reads at a time, in ascending order, as drives like it; digest and compression run on
 * all cores; blocks are placed in the image in the order in which they were read, so that the same
 * disk always gives the same image. Memory is bounded by the number of slots, whatever the disk.
 *
 *	struct copy copy = { .source = &source, .image = &image, .digest = &digest };
 *
 *	if (copy_run(&copy, err) < 0)
 *		return -1;
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/progress.h"
#include "lib/disk_digest.h"
#include "lib/qcow2.h"
#include "lib/qcow2_chain.h"
#include "lib/ranges.h"
#include "lib/source.h"

enum { COPY_WORKERS_MAX = 12 };

/* What a checkpoint has to know; all of it holds together. */
struct copy_point {
	uint64_t pos;			/* everything before it is in the image              */
	uint64_t skip;			/* how far the next error makes us skip              */
	struct ranges failed;		/* what could not be read or was skipped before pos  */
	uint8_t *image;			/* qcow2_save()                                      */
	size_t image_len;
};

struct copy {
	struct source *source;		/* the disk, or NULL: it is                          */
	struct qcow2_chain *chain;	/* these images, whose packed clusters are taken over */
	const struct ranges *used;	/* what to read, the rest becomes zeros; NULL: all   */
	struct source *base;		/* what the image stands on: only differences are    */
	const struct ranges *visit;	/* stored; with it, @used and where base has data    */
	struct qcow2 *image;		/* NULL: only the digest is wanted                   */
	bool compress;
	struct disk_digest *digest;
	struct progress *progress;	/* a phase that has begun, or NULL; counts used bytes */
	unsigned int workers;		/* threads; 0: one for each core                     */
	uint64_t limit;			/* bytes to read in a second; 0: no limit            */
	/*
	 * Where to begin, and what failed before. With @tolerate a block that cannot be read is noted
	 * here and left out of image and digest; behind errors, and behind places that are slow, growing
	 * areas are skipped and noted. Without it a read error ends the copy.
	 */
	struct copy_point point;
	bool tolerate;
	/* Called from time to time, and at the end if that is none or something failed; or NULL. */
	int (*checkpoint)(void *arg, const struct copy_point *point, struct error *err);
	void *arg;
	double interval;		/* between checkpoints [s]                           */
};

/**
 * copy_run - copy a disk
 * @c:   what to copy; image and digest have been begun and are to be finished by the caller;
 *       c->point is where it ended
 * @err: the first thing that went wrong
 */
int copy_run(struct copy *c, struct error *err);

/** copy_point_clear - free what a point holds */
void copy_point_clear(struct copy_point *p);

/**
 * copy_estimate - how large an image would become, from a few blocks all over the disk
 * @source: the disk
 * @used:   what would be read
 *
 * Return: bytes; blocks that cannot be read count as if they did not shrink.
 */
uint64_t copy_estimate(struct source *source, const struct ranges *used);

/**
 * copy_block_digest - read one block again
 * @source: the disk
 * @used:   as in struct copy
 * @block:  its number
 * @ret:    digest of what is in use of it
 *
 * Return: 0, or the negative errno of a read.
 */
int copy_block_digest(struct source *source, const struct ranges *used, uint64_t block,
		      uint8_t ret[DIGEST_SIZE]);

/**
 * copy_source - pack a disk into an image that has been begun, and finish that
 * @source:   the disk, for instance an overlay opened with SOURCE_BACKED
 * @image:    qcow2_begin() has made it
 * @progress: a phase that has begun, or NULL
 * @ret_disk: digest of the disk as a guest sees it, lib/disk_digest.h
 */
int copy_source(struct source *source, struct qcow2 *image, struct progress *progress,
		char ret_disk[DIGEST_HEX_SIZE], struct error *err);

/** copy_chain - the same of a chain, whose packed clusters are taken over; @image NULL: only read it */
int copy_chain(struct qcow2_chain *chain, struct qcow2 *image, struct progress *progress,
	       char ret_disk[DIGEST_HEX_SIZE], struct error *err);

/** copy_digest - read a disk only for its digest; as disk_digest_finish() */
int copy_digest(struct source *source, struct progress *progress, uint8_t **ret_extents,
		size_t *ret_n, char ret_disk[DIGEST_HEX_SIZE], struct error *err);

#endif
