/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_DISK_HEAD_FAT_H
#define REHOST_DISK_HEAD_FAT_H

/* The FAT half of lib/disk_head.h; used by that alone. */

#include "lib/disk_head.h"

/** disk_head_fat - is it FAT, and which system lies on it by its files? false: it is not FAT */
bool disk_head_fat(struct disk_head *h, const struct reader *reader);

#endif
