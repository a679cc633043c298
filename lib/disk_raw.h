/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_DISK_RAW_H
#define REHOST_DISK_RAW_H

/* The disk of a bundle as a raw image, for hypervisors that read nothing else. */

#include "lib/base/error.h"
#include "lib/base/progress.h"

/**
 * disk_to_raw - write a sparse raw image of a stand-alone qcow2 image
 * @image:    the image
 * @path:     a new file; written beside its name, read back, and renamed when it is the same disk
 * @progress: or NULL
 * @err:      ERR_INTEGRITY if it does not read as it was written
 */
int disk_to_raw(const char *image, const char *path, struct progress *progress, struct error *err);

#endif
