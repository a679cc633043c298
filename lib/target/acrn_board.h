/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_ACRN_BOARD_H
#define REHOST_TARGET_ACRN_BOARD_H

/* The board file of ACRN; for lib/target/acrn*.c. */

#include "lib/base/xml.h"
#include "lib/machine.h"

#define ACRN_BOARD_HOLE_START UINT64_C(0x80000000)	/* where PCI devices are when nothing is known */
#define ACRN_BOARD_HOLE_END UINT64_C(0xdfffffff)

/** acrn_board_given - the board.xml that the profile was imported from, or NULL */
const char *acrn_board_given(const struct machine *m);

/** acrn_board_is_memory - or is it of I/O ports? */
bool acrn_board_is_memory(const struct machine_bar *b);

/** acrn_board_plain - a name of the host as one C string of ACRN's build can hold it; the caller frees it */
char *acrn_board_plain(const char *name);

/** acrn_board_put_sections - what ACRN's board inspector takes from other programs, line by line */
void acrn_board_put_sections(const struct machine *m, struct xml_out *x);

#endif
