/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CONVERTERS_WINDOWS_CARDS_H
#define REHOST_CONVERTERS_WINDOWS_CARDS_H

/* Network cards: those that Windows remembers, and those that were in the old PC. */

#include "lib/machine.h"
#include "lib/windows.h"

enum windows_fate {
	CARD_MOVES,	/* its settings go to a card of the guest         */
	CARD_GONE,	/* it was taken out: its address is free          */
	CARD_SOFTWARE,	/* it is no card, and stays as it is              */
	CARD_STAYS,	/* nobody knows whether it was there still        */
};

struct windows_pair {
	enum windows_fate fate;
	const struct machine_nic *hardware;	/* NULL: not known which */
	bool guessed;				/* it could be another   */
};

/**
 * windows_pair_cards - by place, then by kind
 * @ret: one for each of @w->nics, zero at first
 */
void windows_pair_cards(const struct windows *w, const struct machine *m, struct windows_pair *ret);

#endif
