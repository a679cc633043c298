// SPDX-License-Identifier: GPL-2.0-or-later
/* What nobody knows is carried unchanged. */
#include "config.h"

#include "converters/carry.h"

CARRY(unknown, "unknown", "unknown", "anything else that starts from a boot record, unchanged");
