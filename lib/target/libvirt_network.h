/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_LIBVIRT_NETWORK_H
#define REHOST_TARGET_LIBVIRT_NETWORK_H

/*
 * Networks of guests under libvirt. Guests with static addresses in one network are on one network of
 * libvirt, which answers as the gateway that they know; it is called after its addresses, so that
 * several guests and plans share it.
 */

#include "lib/base/xml.h"
#include "lib/fileset.h"
#include "lib/plan.h"

/** libvirt_put_interface_source - type and source of card @i inside of the open <interface> */
void libvirt_put_interface_source(const struct partition *p, size_t i, struct xml_out *x);

/** libvirt_emit_networks - GUEST/networkI.xml for each network that the guest's cards are on */
int libvirt_emit_networks(const struct partition *p, struct fileset *ret, struct error *err);

#define LIBVIRT_NETWORK_FILE "network"	/* begins the names of such files */

#endif
