/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_ACRN_BOARD_H
#define REHOST_TARGET_ACRN_BOARD_H

/* The board file of ACRN; for lib/target/acrn*.c. */

#include "lib/machine.h"

/** acrn_board_given - the board.xml that the profile was imported from, or NULL */
const char *acrn_board_given(const struct machine *m);

#endif
