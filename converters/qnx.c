// SPDX-License-Identifier: GPL-2.0-or-later
/* QNX. */
#include "config.h"

#include "converters/carry.h"

CARRY(qnx, "qnx", "qnx", "QNX 4 and 6: carried as they are");
