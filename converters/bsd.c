// SPDX-License-Identifier: GPL-2.0-or-later
/* The BSDs. */
#include "config.h"

#include "converters/carry.h"

CARRY(bsd, "bsd", "bsd", "FreeBSD, NetBSD, OpenBSD: carried as they are");
