/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_GUEST_NET_H
#define REHOST_GUEST_NET_H

/*
 * Where the network cards of a guest end on the host. A card that the plan joins to a network card of
 * the host is on a bridge with it; every other card has a network of its own behind the host, in which
 * the gateway that the guest knows answers.
 */

#include <netinet/in.h>

#include "lib/plan.h"

/* On a hypervisor without networks of its own: the bridge of cards that the plan joins to none of the host's */
#define GUEST_NET_BRIDGE "rehost"

/* A network as a guest with a static address sees it. */
struct guest_net {
	char net[INET_ADDRSTRLEN];	/* 10.0.0.0                                    */
	char gateway[INET_ADDRSTRLEN];	/* 10.0.0.1                                    */
	char dns[INET_ADDRSTRLEN];	/* a third address in it, neither's            */
	unsigned int prefix;		/* 24                                          */
};

/**
 * guest_net_of - the network of a card
 *
 * Return: false if its address is dynamic, not known, or of no use.
 */
bool guest_net_of(const struct guest_nic *n, struct guest_net *ret);

/** guest_net_card - card of the host that the plan joins card @i to, or NULL; @p may be NULL */
const char *guest_net_card(const struct partition *p, const struct guest *g, size_t i);

/**
 * guest_net_bridge - name of the bridge that card @i is on, or NULL
 * @p: its partition, or NULL
 *
 * The name is that of the host's card with "rh-" before it, cut to what Linux allows. The caller frees
 * it.
 */
char *guest_net_bridge(const struct partition *p, const struct guest *g, size_t i);

/** bridge_name - of a card of the host; the caller frees it */
char *bridge_name(const char *nic);

#endif
