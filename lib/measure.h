/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_MEASURE_H
#define REHOST_MEASURE_H

/* How fast the disks of this computer are. Reads only, but for one file that is gone afterwards. */

#include "lib/machine.h"

enum { MEASURE_MS = 1000 };	/* for each figure of each disk */

/**
 * machine_measure - fill in read-rate, read-iops and write-iops of each disk
 * @m:      a profile of this computer; what cannot be measured is recorded as missing
 * @dev:    where the disks' device files are: "/dev"
 * @folder: writes are measured here, on the disk that holds it; NULL: not at all
 * @err:    only if interrupted
 *
 * Reads go past the page cache, one after the other, so that the figures are what one guest can count
 * on, not what many together could reach. Writes are synchronous, of 4 KiB each.
 */
int machine_measure(struct machine *m, const char *dev, const char *folder, struct error *err);

#endif
