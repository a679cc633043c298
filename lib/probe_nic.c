// SPDX-License-Identifier: GPL-2.0-or-later
/* Network cards, and which of them the host itself depends on. */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/identifier.h"
#include "lib/probe.h"

#define NET "sys/class/net"

enum { ARPHRD_ETHER_TYPE = 1 };	/* Source: Linux, include/uapi/linux/if_arp.h */

/* Does the default route leave through it? Format: "Iface Destination Gateway …", hexadecimal. */
static bool is_uplink(const struct facts *f, const char *name)
{
	CLEANUP_FREE char *text = facts_read(f, "proc/net/route", NULL);
	struct strv lines CLEANUP_STRV = STRV_INIT;

	if (text)
		strv_split(&lines, text, "\n");
	for (size_t i = 1; i < lines.n; i++) {
		struct strv words CLEANUP_STRV = STRV_INIT;

		strv_split(&words, lines.v[i], " \t");
		if (words.n > 2 && strcmp(words.v[0], name) == 0 &&
		    strcmp(words.v[1], "00000000") == 0)
			return true;
	}
	return false;
}

/* A card that is a port of a bridge or bond with the default route is the uplink as well. */
static bool is_used(const struct facts *f, const char *name)
{
	CLEANUP_FREE char *path = xasprintf(NET "/%s/master", name);
	CLEANUP_FREE char *real = facts_real(f, path);
	const char *slash = real ? strrchr(real, '/') : NULL;

	return is_uplink(f, name) || (slash && is_uplink(f, slash + 1));
}

static void add_nic(const struct facts *f, const char *name, struct machine *m)
{
	CLEANUP_FREE char *mac = probe_text(f, NET "/%s/address", name);
	CLEANUP_FREE char *device = xasprintf(NET "/%s/device", name);
	CLEANUP_FREE char *event = xasprintf("%s/uevent", device);
	CLEANUP_FREE char *uevent = facts_read(f, event, NULL);
	uint32_t mbps = probe_u32(f, 0, NET "/%s/speed", name);
	struct machine_nic *n;

	if (!text_is_mac(mac) || probe_u32(f, 0, NET "/%s/type", name) != ARPHRD_ETHER_TYPE ||
	    !facts_has(f, device))
		return;			/* bridges, tunnels and the like */
	for (char *c = mac; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	n = APPEND(m->nics, m->n_nics);
	n->name = xstrdup(name);
	n->mac = STEAL(mac);
	n->driver = probe_driver(f, device);
	n->bdf = uevent ? probe_key(uevent, "PCI_SLOT_NAME") : NULL;
	if (!n->bdf || !text_is_bdf(n->bdf)) {
		free(n->bdf);
		n->bdf = probe_bdf(f, "%s", device);
	}
	n->mbps = mbps > 1000000 ? 0 : mbps;
	if (is_used(f, name))
		n->usage = xstrdup("host");
}

void probe_nics(const struct facts *f, struct machine *m)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	probe_list(f, &names, NET);
	for (size_t i = 0; i < names.n; i++)
		add_nic(f, names.v[i], m);
	if (!facts_has(f, NET))
		machine_miss(m, "nics", "no folder " NET);
}
