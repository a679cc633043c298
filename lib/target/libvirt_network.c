// SPDX-License-Identifier: GPL-2.0-or-later
/* Networks of guests under libvirt. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/guest_net.h"
#include "lib/target/libvirt_devices.h"
#include "lib/target/libvirt_network.h"

static char *network_name(const struct guest_net *net)
{
	return xasprintf("rehost-%s-%u", net->net, net->prefix);
}

void libvirt_put_interface_source(const struct partition *p, size_t i, struct xml_out *x)
{
	CLEANUP_FREE char *bridge = guest_net_bridge(p, &p->guest, i), *name = NULL;
	struct guest_net net;

	if (bridge) {
		xml_attr(x, "type", "bridge");
		libvirt_put(x, "source", "bridge", bridge);
	} else if (guest_net_of(&p->guest.nics[i], &net)) {
		name = network_name(&net);
		xml_attr(x, "type", "network");
		libvirt_put(x, "source", "network", name);
	} else {
		xml_attr(x, "type", "user");
	}
}

/* No name server: the guest has its own; libvirt then starts no program for the network. */
static int emit_network(const char *path, const struct guest_net *net, struct fileset *ret,
			struct error *err)
{
	struct xml_out x CLEANUP_XML_OUT = XML_OUT_INIT;
	CLEANUP_FREE char *name = network_name(net);
	const char *text = NULL;
	size_t len = 0;

	xml_out_begin_foreign(&x, "network");
	xml_element(&x, "name", name);
	libvirt_put(&x, "forward", "mode", "nat");
	libvirt_put(&x, "dns", "enable", "no");
	xml_open(&x, "ip");
	xml_attr(&x, "address", "%s", net->gateway);
	xml_attr(&x, "prefix", "%u", net->prefix);
	xml_close(&x);
	if (xml_out_finish(&x, &text, &len, err) < 0)
		return -1;
	fileset_add(ret, path, xmemdup(text, len), len, false);
	return 0;
}

int libvirt_emit_networks(const struct partition *p, struct fileset *ret, struct error *err)
{
	const struct guest *g = &p->guest;

	for (size_t i = 0; g->device[DIM_NIC] != NIC_NONE && i < g->n_nics; i++) {
		CLEANUP_FREE char *bridge = guest_net_bridge(p, g, i);
		CLEANUP_FREE char *path =
			xasprintf("%s/" LIBVIRT_NETWORK_FILE "%zu.xml", g->name, i);
		struct guest_net net;

		if (!bridge && guest_net_of(&g->nics[i], &net) &&
		    emit_network(path, &net, ret, err) < 0)
			return -1;
	}
	return 0;
}
