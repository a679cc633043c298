/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_OLD_SETTINGS_H
#define REHOST_OLD_SETTINGS_H

/* The readers of lib/old_system.c, one for each kind of thing that settings tell; remarks are blanks already. */

#include "lib/old_system.h"

/** old_network_read - drivers of network cards, and where an ISA card is */
void old_network_read(struct inspected_system *sys, const char *path, const char *text);

/** old_lines_report - the lines that load and run something, as they stand, and the hardware that is lost */
void old_lines_report(struct inspected_system *sys, const char *path, const char *text);

#endif
