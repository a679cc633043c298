// SPDX-License-Identifier: GPL-2.0-or-later
/* Network cards: which are live, whose address goes to which new card, and what guest.xml says. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/windows.h"
#include "converters/windows_cards.h"
#include "lib/base/alloc.h"

static char *derived_mac(const char *guest, const char *nic)
{
	CLEANUP_FREE char *seed = xasprintf("%s/%s", guest, nic);
	uint8_t d[DIGEST_SIZE];

	digest_of(seed, strlen(seed), d);
	return xasprintf("02:%02x:%02x:%02x:%02x:%02x", d[0], d[1], d[2], d[3], d[4]);
}

static void take_nic(struct windows_edit *e, const struct inspected_nic *in,
		     const struct windows_nic *n, const struct windows_pair *pair, struct guest *ret)
{
	const struct machine_nic *hardware = pair->hardware;
	struct guest_nic *g = APPEND(ret->nics, ret->n_nics);

	*g = (struct guest_nic){
		.mac = n->mac ? xstrdup(n->mac)
		       : hardware ? xstrdup(hardware->mac) : derived_mac(e->conv->name, n->guid),
		.name = xstrdup(in->name),
		.address = in->address ? xstrdup(in->address) : NULL,
		.gateway = in->gateway ? xstrdup(in->gateway) : NULL,
	};
	if (!n->mac && !hardware)
		report_remedy(report_add(e->notes, FINDING_WARNING, in->name,
					 "its MAC address is in no file and not in the capture: it "
					 "gets %s", g->mac),
			      "put the old card's address into guest.xml and into rehost\\firstboot.ini "
			      "of the guest if somebody knows the PC by it");
	else if (!n->mac && pair->guessed)
		report_remedy(report_add(e->notes, FINDING_WARNING, in->name,
					 "nothing says for sure which card of the old PC it was: it gets "
					 "the MAC address %s", g->mac),
			      "compare the addresses with the cables of the old PC, and exchange them in "
			      "guest.xml and in rehost\\firstboot.ini of the guest if they are wrong");
	strv_addf(&e->nics, "nic %s %s", g->mac, n->guid);
}

/* What gets no card of the guest; only those that are surely gone lose their address. */
static void leave_nic(struct windows_edit *e, const struct windows_nic *n, enum windows_fate fate)
{
	const char *name = n->name ? n->name : n->guid, *address = n->address ? n->address : "";

	if (fate == CARD_GONE) {
		report_add(e->notes, FINDING_NOTE, name,
			   "the old PC had no such card any more%s%s: it is left out",
			   n->address ? ", though it holds the address " : "", address);
		if (n->address)
			strv_addf(&e->nics, "ghost %s", n->guid);
	} else if (fate == CARD_SOFTWARE && n->address) {
		report_remedy(report_add(e->notes, FINDING_WARNING, name,
					 "it is made by software, as a team of cards is (%s): its address "
					 "%s stays with it", n->device, address),
			      "give the address to the guest's card by hand if the PC was known by it");
	} else if (fate == CARD_STAYS) {
		report_remedy(report_add(e->notes, FINDING_WARNING, name,
					 "whether the old PC still had this card is not known: it gets none, "
					 "and its settings%s%s stay with it",
					 n->address ? " with the address " : "", address),
			      "give them to the guest's card by hand if it was in use");
	}
}

int windows_network(struct windows_edit *e, struct guest *ret, struct error *err)
{
	struct windows_pair *pairs CLEANUP_FREE = xcalloc(e->w->n_nics + 1, sizeof(*pairs));

	(void)err;
	if (e->conv->answer->value[DIM_NIC] == NIC_NONE)
		return 0;
	windows_pair_cards(e->w, e->conv->machine, pairs);
	for (size_t i = 0; i < e->w->n_nics; i++) {
		const struct windows_nic *n = &e->w->nics[i];

		if (pairs[i].fate == CARD_MOVES)
			take_nic(e, &e->conv->sys->nics[i], n, &pairs[i], ret);
		else
			leave_nic(e, n, pairs[i].fate);
	}
	return 0;
}
