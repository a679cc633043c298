// SPDX-License-Identifier: GPL-2.0-or-later
/* OS/2 and its successors. */
#include "config.h"

#include "converters/carry.h"

CARRY(os2, "os2", "os2", "OS/2 and eComStation: carried as they are");
