/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TRIAL_NET_H
#define REHOST_TRIAL_NET_H

/*
 * The network of a trial: each card with a known address shares its segment with QEMU's own
 * gateway and with a neighbour of ours, who sees whether the guest answers at its old address.
 *
 *	trial_net_wire(&net, guest, &args, err);	before QEMU starts; it inherits net.theirs
 *	trial_net_tick(&net);				about once a second
 */

#include "lib/base/strv.h"
#include "lib/guest.h"
#include "lib/neighbour.h"

struct trial_card {
	const struct guest_nic *nic;
	int fd;				/* our end of the wire */
	struct neighbour neighbour;
};

struct trial_net {
	struct trial_card *cards;
	size_t n_cards;
	int *theirs;			/* the ends that QEMU inherits, as many */
};

#define TRIAL_NET_INIT { NULL, 0, NULL }

/**
 * trial_net_wire - put a neighbour beside each card whose address is known
 * @ret:  trial_net_close() ends it
 * @g:    the guest; stays the owner of its cards
 * @args: of QEMU, as qemu_machine_args() made them; the cards are wired anew
 * @err:  ERR_SYSTEM
 */
int trial_net_wire(struct trial_net *ret, const struct guest *g, struct strv *args,
		   struct error *err);

/** trial_net_started - QEMU has its ends now */
void trial_net_started(struct trial_net *net);

/** trial_net_tick - ask again, and hear what came */
void trial_net_tick(struct trial_net *net);

/** trial_net_done - did every card answer a ping? */
bool trial_net_done(const struct trial_net *net);

void trial_net_close(struct trial_net *net);

#endif
