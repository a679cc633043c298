/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_HOST_DEVICES_H
#define REHOST_TARGET_HOST_DEVICES_H

#include "lib/plan.h"
#include "lib/report.h"

/**
 * check_host_devices - is each device of the host that the plan gives a guest given to it?
 * @p:     the partition
 * @title: of the target, for people
 * @kinds: what it can give, ends with NULL
 * @ret:   an error for a kind that it cannot give, a warning for one that the guest has no place for
 */
void check_host_devices(const struct partition *p, const char *title, const char *const *kinds,
			struct report *ret);

/**
 * check_networks - what cards are on that the plan joins to none of the host's
 * @where:  what the target puts them on
 * @remedy: what can be done about it; CHECK_NETWORKS_ASK where the target takes cards of the host
 * @ret:    a note, once a guest
 */
#define CHECK_NETWORKS_ASK "ask for a card of the host, as with 'rehost plan --ask GUEST:nic.eth0=LABEL'"
void check_networks(const struct partition *p, const char *where, const char *remedy, struct report *ret);

/**
 * check_partitioning - what only a hypervisor that starts before the host's own system can do
 * @title: of the target, which does not
 * @ret:   an error for each link between guests, a warning for a guest that is to start before the host
 *         or to have its memory at one address
 */
void check_partitioning(const struct plan *plan, const char *title, struct report *ret);

#endif
