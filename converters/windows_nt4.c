// SPDX-License-Identifier: GPL-2.0-or-later
/* Windows NT before 2000. */
#include "config.h"

#include "converters/carry.h"

CARRY(windows_nt4, "windows-nt4", "windows-nt4", "Windows NT 3.x and 4.0: carried as they are");
