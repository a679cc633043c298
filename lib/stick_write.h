/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_STICK_WRITE_H
#define REHOST_STICK_WRITE_H

/* Writing an image onto a whole stick, and proving that it is there. */

#include "lib/base/error.h"
#include "lib/base/progress.h"

/**
 * stick_write_check - may this device be overwritten?
 * @device: /dev/sdX
 * @root:   below which /sys is asked about it, "/" for this host
 * @err:    ERR_REFUSED for what is no whole disk, or not one that can be pulled out: on USB, an SD card,
 *          removable; ERR_BUSY if it or a part of it is mounted, swap, or held by another device
 */
int stick_write_check(const char *device, const char *root, struct error *err);

/**
 * stick_write - write the image and read it back from the device
 * @image:    a file
 * @device:   that stick_write_check() let through
 * @root:     as there; it is asked again
 * @progress: or NULL
 * @err:      ERR_NO_SPACE for a stick that is too small, ERR_INTEGRITY if it does not keep what is written
 *
 * The first MiB is written last, when the rest was read back: until then nothing boots from the stick. The
 * last MiB of the stick is cleared, where tables of an older use may lie.
 *
 * Source: Documentation/ABI/stable/sysfs-block (removable, partition), loop(4) for BLKFLSBUF.
 */
int stick_write(const char *image, const char *device, const char *root, struct progress *progress,
		struct error *err);

#endif
