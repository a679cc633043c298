// SPDX-License-Identifier: GPL-2.0-or-later
/* DOS and what runs on it. */
#include "config.h"

#include "converters/carry.h"

CARRY(dos, "dos", "dos", "DOS, Windows 3.x, programs on SYSLINUX: carried as they are");
