/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CAPTURE_STATE_H
#define REHOST_CAPTURE_STATE_H

/*
 * How far the capture of one disk has come, so that it can go on after whatever stopped it. Stands
 * in the partial folder as disk0.state, is replaced as a whole, and ends with a digest of itself.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/base/digest.h"
#include "lib/base/error.h"
#include "lib/mapfile.h"
#include "lib/ranges.h"

enum capture_phase {
	PHASE_COPY,		/* from the front, what can be read at once          */
	PHASE_RESCUE,		/* what could not; the map says how far              */
	PHASE_FILL,		/* what was rescued goes into the image              */
	PHASE_DONE,
};

struct capture_state {
	uint64_t phase;
	uint64_t pos, skip;	/* as in struct copy_point, in PHASE_COPY and _FILL  */
	char mask[DIGEST_HEX_SIZE];	/* digest of the map of ddrescue that goes with the source, or "" */
	struct ranges failed;	/* what could not be read in PHASE_COPY              */
	struct mapfile map;	/* what is known of the disk; behind PHASE_COPY      */
	uint8_t *image;		/* qcow2_save()                                      */
	size_t image_len;
};

#define CAPTURE_STATE_INIT { .map = MAPFILE_INIT }

/** capture_state_write - replace the state, safely on the disk when it returns */
int capture_state_write(const struct capture_state *s, const char *path, struct error *err);

/**
 * capture_state_read - how far it had come
 * @ret:  capture_state_clear() frees it
 * @path: the file
 * @size: of the disk [bytes]
 * @err:  ERR_NOT_FOUND, or ERR_FORMAT when it is cut short or altered
 */
int capture_state_read(struct capture_state *ret, const char *path, uint64_t size, struct error *err);

void capture_state_clear(struct capture_state *s);

#define CLEANUP_CAPTURE_STATE __attribute__((cleanup(capture_state_clear)))

#endif
