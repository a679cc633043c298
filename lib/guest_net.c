// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the network cards of a guest end on the host. */
#include "config.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/guest_net.h"

/* A network stack of a hypervisor takes addresses of its own: the network must not be too small. */
enum { PREFIX_MIN = 8, PREFIX_MAX = 27 };

bool guest_net_of(const struct guest_nic *n, struct guest_net *ret)
{
	CLEANUP_FREE char *address = NULL;
	const char *slash = n->address ? strchr(n->address, '/') : NULL;
	struct in_addr own, gateway, net, dns;
	uint64_t prefix = 0;
	in_addr_t mask;

	if (!slash || !n->gateway || parse_u64(slash + 1, PREFIX_MIN, PREFIX_MAX, &prefix, NULL) < 0)
		return false;
	address = xstrndup(n->address, (size_t)(slash - n->address));
	if (inet_pton(AF_INET, address, &own) != 1 || inet_pton(AF_INET, n->gateway, &gateway) != 1)
		return false;
	mask = htonl(UINT32_MAX << (32 - prefix));
	net.s_addr = own.s_addr & mask;
	if ((gateway.s_addr & mask) != net.s_addr || gateway.s_addr == own.s_addr ||
	    gateway.s_addr == net.s_addr)
		return false;
	/* the third address as is usual there, or the next free one */
	for (uint32_t host = 3; host <= 5; host++) {
		dns.s_addr = htonl(ntohl(net.s_addr) + host);
		if (dns.s_addr != gateway.s_addr && dns.s_addr != own.s_addr)
			break;
	}
	inet_ntop(AF_INET, &net, ret->net, sizeof(ret->net));
	inet_ntop(AF_INET, &gateway, ret->gateway, sizeof(ret->gateway));
	inet_ntop(AF_INET, &dns, ret->dns, sizeof(ret->dns));
	ret->prefix = (unsigned int)prefix;
	return true;
}

/* The end of a long name is what tells cards apart: enx00e04c680001. */
char *bridge_name(const char *nic)
{
	enum { ROOM = IFNAMSIZ - 1 - 3 };
	size_t len = strlen(nic);

	return xasprintf("rh-%s", len > ROOM ? nic + len - ROOM : nic);
}

const char *guest_net_card(const struct partition *p, const struct guest *g, size_t i)
{
	const struct partition_device *d = partition_device_of(p, "nic", g->nics[i].name);

	return d ? d->host : NULL;
}

char *guest_net_bridge(const struct partition *p, const struct guest *g, size_t i)
{
	const char *card = guest_net_card(p, g, i);

	return card ? bridge_name(card) : NULL;
}
