/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CAPTURE_TARGET_H
#define REHOST_CAPTURE_TARGET_H

/* Nothing begins that cannot end: is the target large enough, and does it hold such files? */

#include <stdint.h>

#include "lib/base/error.h"

#define CAPTURE_PART_SIZE UINT64_C(0xffff0000)	/* the most that FAT holds in clusters of an image */

struct capture_target {
	long type;		/* of its file system, as statfs() says     */
	uint64_t room;		/* free                             [bytes] */
};

/** capture_target_of - look at the file system that holds folder @fd; @name stands in messages */
int capture_target_of(int fd, const char *name, struct capture_target *ret, struct error *err);

/** capture_target_split - the size of parts that the image of a disk has to lie in [bytes]; 0: it need not */
uint64_t capture_target_split(const struct capture_target *t, uint64_t used);

/** capture_target_check - ERR_NO_SPACE if @need bytes do not fit */
int capture_target_check(const struct capture_target *t, uint64_t need, struct error *err);

#endif
