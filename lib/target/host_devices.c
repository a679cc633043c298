// SPDX-License-Identifier: GPL-2.0-or-later
/* What every target has to say about devices of the host that a plan gives away. */
#include "config.h"

#include <net/if.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/guest_net.h"
#include "lib/probe.h"
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

/* A guest that names no printer port gets those of the host in their order. */
static bool has_printer_port(const struct guest *g, const char *role)
{
	for (size_t i = 0; i < g->n_parallels; i++)
		if (strcmp(g->parallels[i].old, role) == 0)
			return true;
	return g->n_parallels == 0;
}

/* What the guest must have for it, by the plan's kind of device. */
static const struct {
	const char *kind, *title;
	bool (*has)(const struct guest *g, const char *role);
} places[] = {
	{ "serial", "serial port", has_port },
	{ "nic", "network card", has_card },
	{ "parallel", "printer port", has_printer_port },
};

static void check_place(const struct guest *g, const struct partition_device *d, struct report *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (strcmp(places[i].kind, d->kind) == 0 && !places[i].has(g, d->role))
			report_remedy(report_add(ret, FINDING_WARNING, g->name, "%s is joined to nothing: the "
						 "guest has no %s '%s'", d->host, places[i].title, d->role),
				      "name the port or card as guest.xml does");
}

/* A name that Linux can have given to a network card: net/core/dev.c, dev_valid_name(), and no more. */
static bool is_card_name(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-@");

	return len > 0 && len < IFNAMSIZ && !s[len] && s[0] != '-' && s[0] != '.';
}

static bool is_port_name(const char *s)
{
	return strncmp(s, "/dev/", 5) == 0 && !strstr(s, "..") &&
	       !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:+@/-")];
}

/* Texts of a plan become options and files of a hypervisor: nothing but a name is one. */
static void check_name(const struct guest *g, const struct partition_device *d, struct report *ret)
{
	if (strcmp(d->kind, "pci") == 0 && !text_is_bdf(d->host))
		report_add(ret, FINDING_ERROR, g->name, "'%s' is not a PCI address", d->host);
	if (strcmp(d->kind, "nic") == 0 && !is_card_name(d->host))
		report_add(ret, FINDING_ERROR, g->name, "'%s' is not the name of a network card", d->host);
	if ((strcmp(d->kind, "serial") == 0 || strcmp(d->kind, "parallel") == 0) && !is_port_name(d->host))
		report_remedy(report_add(ret, FINDING_ERROR, g->name, "'%s' is not a port of the host", d->host),
			      "name it like /dev/ttyS1");
}

void check_host_devices(const struct partition *p, const char *title, const char *const *kinds,
			struct report *ret)
{
	for (size_t i = 0; i < p->n_devices; i++) {
		const struct partition_device *d = &p->devices[i];
		size_t k = 0;

		while (kinds[k] && strcmp(kinds[k], d->kind) != 0)
			k++;
		check_name(&p->guest, d, ret);
		if (kinds[k])
			check_place(&p->guest, d, ret);
		else
			report_remedy(report_add(ret, FINDING_ERROR, p->guest.name,
						 "%s cannot give it the %s device %s as its %s", title,
						 d->kind, d->host, d->role),
				      "give it the whole PCI card, or choose a target that can");
	}
}

void check_networks(const struct partition *p, const char *where, const char *remedy, struct report *ret)
{
	const struct guest *g = &p->guest;

	for (size_t i = 0; g->device[DIM_NIC] != NIC_NONE && i < g->n_nics; i++)
		if (!guest_net_card(p, g, i)) {
			report_remedy(report_add(ret, FINDING_NOTE, g->name,
						 "a network card of it is joined to none of the host's: it is %s", where),
				      "%s", remedy);
			return;
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
