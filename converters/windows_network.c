// SPDX-License-Identifier: GPL-2.0-or-later
/* Network cards: which are live, whose address goes to which new card, and what guest.xml says. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/windows.h"
#include "lib/base/alloc.h"

/* The card of the old PC's hardware that Windows calls "PCI\VEN_8086&DEV_100F&…"; each only once. */
static const struct machine_nic *match(const struct machine *m, const char *device, const bool *taken,
				       size_t *ret_index)
{
	unsigned int vendor = 0, id = 0;

	if (!device || sscanf(device, "PCI\\VEN_%4x&DEV_%4x", &vendor, &id) != 2)
		return NULL;
	for (size_t i = 0; i < m->n_nics; i++)
		for (size_t j = 0; j < m->n_pci && m->nics[i].bdf; j++)
			if (!taken[i] && m->nics[i].mac && strcmp(m->pci[j].bdf, m->nics[i].bdf) == 0 &&
			    m->pci[j].vendor == vendor && m->pci[j].device == id) {
				*ret_index = i;
				return &m->nics[i];
			}
	return NULL;
}

static char *derived_mac(const char *guest, const char *nic)
{
	CLEANUP_FREE char *seed = xasprintf("%s/%s", guest, nic);
	uint8_t d[DIGEST_SIZE];

	digest_of(seed, strlen(seed), d);
	return xasprintf("02:%02x:%02x:%02x:%02x:%02x", d[0], d[1], d[2], d[3], d[4]);
}

/* A card that the old PC no longer had: its settings stay where they are. */
static bool is_ghost(const struct machine *m, const struct windows_nic *n,
		     const struct machine_nic *hardware)
{
	return m->n_nics && m->n_pci && !hardware && !n->mac;
}

static void take_nic(struct windows_edit *e, const struct inspected_nic *in,
		     const struct windows_nic *n, const struct machine_nic *hardware,
		     struct guest *ret)
{
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
	strv_addf(&e->nics, "nic %s %s", g->mac, n->guid);
}

int windows_network(struct windows_edit *e, struct guest *ret, struct error *err)
{
	const struct machine *m = e->conv->machine;
	bool *taken CLEANUP_FREE = xcalloc(m->n_nics + 1, sizeof(*taken));

	(void)err;
	if (e->conv->answer->value[DIM_NIC] == NIC_NONE)
		return 0;
	for (size_t i = 0; i < e->w->n_nics; i++) {
		const struct windows_nic *n = &e->w->nics[i];
		size_t index = 0;
		const struct machine_nic *hardware = match(m, n->device, taken, &index);

		if (hardware)
			taken[index] = true;
		if (is_ghost(m, n, hardware)) {
			report_add(e->notes, FINDING_NOTE, n->name ? n->name : n->guid,
				   "the old PC had no such card any more%s%s: it is left out",
				   n->address ? ", though it holds the address " : "",
				   n->address ? n->address : "");
			if (n->address)
				strv_addf(&e->nics, "ghost %s", n->guid);
			continue;
		}
		take_nic(e, &e->conv->sys->nics[i], n, hardware, ret);
	}
	return 0;
}
