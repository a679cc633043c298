// SPDX-License-Identifier: GPL-2.0-or-later
/* The network cards of a guest as QEMU arguments. */
#include "config.h"

#include <inttypes.h>

#include "lib/base/alloc.h"
#include "lib/guest_net.h"
#include "lib/qemu_builder.h"
#include "lib/qemu_legacy.h"

/*
 * QEMU's own network stack answers as the gateway that the guest knows, so that a guest with a
 * static address has a network without being told anything new.
 */
static char *user_net(const struct qemu_builder *b, size_t i)
{
	const char *restricted = b->run == QEMU_RUN_TRIAL ? "on" : "off";
	struct guest_net net;

	if (!guest_net_of(&b->g->nics[i], &net))
		return xasprintf("user,id=net%zu,ipv6=off,restrict=%s", i, restricted);
	return xasprintf("user,id=net%zu,net=%s/%u,host=%s,dns=%s,ipv6=off,restrict=%s", i, net.net,
			 net.prefix, net.gateway, net.dns, restricted);
}

/* In a trial no frame of the guest reaches a real network. */
static void add_netdev(struct qemu_builder *b, size_t i)
{
	CLEANUP_FREE char *bridge = guest_net_bridge(b->p, b->g, i);

	strv_add(b->args, "-netdev");
	if (bridge && b->run == QEMU_RUN_SERVICE)
		strv_addf(b->args, "bridge,id=net%zu,br=%s", i, bridge);
	else
		strv_take(b->args, user_net(b, i));
}

static const char *const nic_devices[] = {
	[NIC_VIRTIO] = "virtio-net-pci", [NIC_E1000] = "e1000",     [NIC_E1000E] = "e1000e",
	[NIC_RTL8139] = "rtl8139",	 [NIC_PCNET] = "pcnet",	    [NIC_NE2K_PCI] = "ne2k_pci",
	[NIC_TULIP] = "tulip",		 [NIC_I82557B] = "i82557b",
};

static void add_isa_nic(struct qemu_builder *b, size_t i)
{
	struct qemu_isa_place place = qemu_isa_nic(&b->g->nics[i]);

	qemu_device(b, "ne2k_isa,netdev=net%zu,mac=%s,iobase=0x%" PRIx64 ",irq=%" PRIu64, i, b->g->nics[i].mac,
		    place.port, place.irq);
}

/* No boot ROM: a machine that fails to find its disk must say so. */
static void add_pci_nic(struct qemu_builder *b, size_t i, const char *device)
{
	CLEANUP_FREE char *slot = qemu_slot(b, QEMU_SLOT_NIC + (unsigned int)i);

	qemu_device(b, "%s,netdev=net%zu,mac=%s,%s,romfile=", device, i, b->g->nics[i].mac, slot);
}

int qemu_add_nics(struct qemu_builder *b)
{
	unsigned int model = (unsigned int)b->g->device[DIM_NIC];
	size_t max = model == NIC_NE2K_ISA ? 1 : QEMU_MAX_NICS;

	if (model == NIC_NONE)
		return 0;
	if (model != NIC_NE2K_ISA && (model >= ARRAY_SIZE(nic_devices) || !nic_devices[model]))
		return qemu_refuse(b, DIM_NIC);
	if (b->g->n_nics > max)
		return qemu_refuse_number(b, "network cards", b->g->n_nics, max);
	for (size_t i = 0; i < b->g->n_nics; i++) {
		add_netdev(b, i);
		if (model == NIC_NE2K_ISA)
			add_isa_nic(b, i);
		else
			add_pci_nic(b, i, nic_devices[model]);
	}
	return 0;
}
