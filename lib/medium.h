/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_MEDIUM_H
#define REHOST_MEDIUM_H

/* A folder to write to, or a block device with a file system, which is mounted while it is needed. */

#include <stdbool.h>

#include "lib/base/error.h"

struct medium {
	char *dir;		/* write here */
	bool mounted;		/* by us      */
};

#define MEDIUM_INIT { NULL, false }

/**
 * medium_open - find the folder to write to
 * @ret:  medium_close() ends it
 * @path: folder or block device
 * @err:  ERR_FORMAT: a device without a file system, or with partitions
 */
int medium_open(struct medium *ret, const char *path, struct error *err);

/** medium_close - unmount what was mounted; everything is on the medium then */
int medium_close(struct medium *m, struct error *err);

#endif
