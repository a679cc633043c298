// SPDX-License-Identifier: GPL-2.0-or-later
/* What every target has to say about devices of the host that a plan gives away. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/target/host_devices.h"

static bool has_port(const struct guest *g, const char *role)
{
	for (size_t i = 0; i < g->n_serials; i++)
		if (strcmp(g->serials[i].old, role) == 0)
			return true;
	return false;
}

static bool has_card(const struct guest *g, const char *role)
{
	for (size_t i = 0; i < g->n_nics; i++)
		if (g->nics[i].name && strcmp(g->nics[i].name, role) == 0)
			return true;
	return false;
}

static void check_place(const struct guest *g, const struct partition_device *d, struct report *ret)
{
	if ((strcmp(d->kind, "serial") != 0 || has_port(g, d->role)) &&
	    (strcmp(d->kind, "nic") != 0 || has_card(g, d->role)))
		return;
	report_remedy(report_add(ret, FINDING_WARNING, g->name, "%s is joined to nothing: the guest has "
				 "no %s '%s'", d->host, strcmp(d->kind, "nic") == 0 ? "network card"
									       : "serial port",
				 d->role),
		      "name the port or card as guest.xml does");
}

void check_host_devices(const struct partition *p, const char *title, const char *const *kinds,
			struct report *ret)
{
	for (size_t i = 0; i < p->n_devices; i++) {
		const struct partition_device *d = &p->devices[i];
		size_t k = 0;

		while (kinds[k] && strcmp(kinds[k], d->kind) != 0)
			k++;
		if (kinds[k])
			check_place(&p->guest, d, ret);
		else
			report_remedy(report_add(ret, FINDING_ERROR, p->guest.name,
						 "%s cannot give it the %s device %s as its %s", title,
						 d->kind, d->host, d->role),
				      "give it the whole PCI card, or choose a target that can");
	}
}

void check_partitioning(const struct plan *plan, const char *title, struct report *ret)
{
	for (size_t i = 0; i < plan->n_links; i++)
		report_remedy(report_add(ret, FINDING_ERROR, plan->links[i].name, "%s has no link of kind "
					 "'%s' between guests", title, plan->links[i].kind),
			      "choose target acrn, or join them by a network");
	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *p = &plan->partitions[i];

		if (p->started_by)
			report_add(ret, FINDING_WARNING, p->guest.name, "it starts after the host's own "
				   "system: %s cannot start it before", title);
		if (p->memory_at)
			report_add(ret, FINDING_WARNING, p->guest.name, "%s cannot choose the address of "
				   "its memory", title);
	}
}
