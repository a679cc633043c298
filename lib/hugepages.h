/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_HUGEPAGES_H
#define REHOST_HUGEPAGES_H

#include <stdbool.h>
#include <stdint.h>

enum { HUGEPAGE_SIZE = 2 << 20 };	/* [bytes] */

/** hugepages_free - are there so many bytes in free pages of 2 MiB on this host? */
bool hugepages_free(uint64_t bytes);

#endif
