/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_LINUX_NETWORK_H
#define REHOST_LINUX_NETWORK_H

/* The forms in which Linux systems keep their network settings. */

#include "lib/linux_facts.h"

struct network_format {
	const char *name;		/* netplan                                        */
	const char *files[8];		/* patterns of their names, NULL-terminated       */
	void (*read)(struct inspected_system *sys, const char *path, const char *text);
};

extern const struct network_format network_ifupdown, network_ifcfg, network_networkmanager,
	network_networkd, network_netplan, network_wicked;

/* Files of udev rules that give a name to a MAC, by distribution; ends with NULL. */
extern const char *const network_rules[];

/** network_card - the card of this name, a new one if it is not known yet */
struct inspected_nic *network_card(struct inspected_system *sys, const char *name,
				   const char *source);

/** network_is_card - may this be a card, and no bridge, bond, alias, or pattern? */
bool network_is_card(const char *name);

/** network_set - take @value over where nothing is known yet */
void network_set(char **field, char *value);

/** network_mac - a MAC address in lower case with colons, or NULL; to be freed */
char *network_mac(const char *text);

/** network_address - "ADDRESS/LENGTH" from an address and a mask or prefix length; to be freed */
char *network_address(const char *address, const char *mask);

#endif
