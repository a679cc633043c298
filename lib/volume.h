/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_VOLUME_H
#define REHOST_VOLUME_H

/*
 * A part of a disk that looks like a disk itself: a partition, a logical volume, the inside of a
 * RAID member. It is made of segments of the disk, one behind the other.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/source.h"

struct segment {
	uint64_t at;		/* inside of the volume    [bytes] */
	uint64_t start;		/* on the disk             [bytes] */
	uint64_t size;		/*                         [bytes] */
};

struct volume {
	struct source *source;	/* the caller's            */
	char *name;		/* "partition 1", "vg0/root" */
	struct segment *v;
	size_t n;
	uint64_t size;		/* of all segments [bytes] */
	bool unused;		/* its container says that nothing is in it               */
	const char *opaque;	/* why its contents must not be interpreted, or NULL      */
};

#define VOLUME_INIT { 0 }
enum { VOLUME_SEGMENTS_MAX = 65536 };

/** volume_begin - an empty volume; volume_clear() frees it */
void volume_begin(struct volume *ret, struct source *source, const char *name);

/**
 * volume_add - add a piece of another volume at the end
 * @v:     the volume to make longer
 * @outer: where the piece lies; NULL: on the disk itself
 * @start: first byte there                              [bytes]
 * @size:  of the piece                                  [bytes]
 * @err:   ERR_FORMAT if the piece leaves @outer
 */
int volume_add(struct volume *v, const struct volume *outer, uint64_t start, uint64_t size,
	       struct error *err);

/** volume_read - read; ERR_FORMAT if the range leaves the volume */
int volume_read(const struct volume *v, uint64_t start, void *buf, size_t len, struct error *err);

void volume_clear(struct volume *v);

#define CLEANUP_VOLUME __attribute__((cleanup(volume_clear)))

#endif
