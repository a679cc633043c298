// SPDX-License-Identifier: GPL-2.0-or-later
/* Windows 95, 98 and Me. */
#include "config.h"

#include "converters/carry.h"

CARRY(windows_9x, "windows-9x", "windows-9x", "Windows 95, 98 and Me: carried as they are");
