/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_OLD_PARTS_H
#define REHOST_OLD_PARTS_H

/*
 * Parts of a guest's machine that only old systems ask for, against what a target can make: sound card, floppy
 * drive, heads and sectors of its disks, an old processor, no ACPI, printer ports.
 */

#include "lib/guest.h"
#include "lib/port_limits.h"

/**
 * old_parts_report - a warning for each part that the guest asks for and a target does not make
 * @limits:  of the target, or NULL: it makes all
 * @who:     makes the machine: "EVE"
 * @subject: of the findings
 */
void old_parts_report(const struct guest *g, const struct port_limits *limits, const char *who, const char *subject,
		      struct report *ret);

/** old_parts_drop - report them and take them out, so that a trial runs the machine that the target makes */
void old_parts_drop(struct guest *g, const struct port_limits *limits, const char *who, struct report *ret);

#endif
