/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PORT_LIMITS_H
#define REHOST_PORT_LIMITS_H

/*
 * Sockets of the old PC, by which its programs know the machine that they drive, against what a target has. What
 * is missing is told before a conversion, not when the line stands still.
 */

#include <stdbool.h>

#include "lib/base/strv.h"
#include "lib/machine.h"
#include "lib/report.h"

/* Of a target; NULL in its place: there is nothing that it has not. */
struct port_limits {
	bool no_parallel, no_sound;
	bool no_floppy, no_geometry;	/* of a drive or a disk, as old systems want them       */
	bool own_processor, own_acpi;	/* no old one can be chosen; tables of ACPI are shown   */
	unsigned int serials_max;	/* 0: as many as there are                              */
	const char *serial_note;	/* what happens to the names of the others, or NULL     */
};

/**
 * port_limits_lost - what the old PC had and a target has not
 * @ret: gets a phrase for each: "the printer port parport0"
 */
void port_limits_lost(const struct machine *m, const struct port_limits *limits, struct strv *ret);

/** port_limits_report - the same as findings */
void port_limits_report(const struct machine *m, const struct port_limits *limits, const char *target,
		      struct report *ret);

#endif
