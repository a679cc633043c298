// SPDX-License-Identifier: GPL-2.0-or-later
/* Second opinion on a plan: devices and IOMMU groups, straight from the profile. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/plan_check.h"

/* What the profile says about the thing that a plan's device names. */
struct found {
	bool exists;
	const char *usage, *bdf;
	int64_t group;
};

static bool is_text(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static bool is_device_file(const char *host, const char *name)
{
	return strncmp(host, "/dev/", 5) == 0 && strcmp(host + 5, name) == 0;
}

static struct found look_up(const struct machine *m, const struct partition_device *d)
{
	struct found f = { .group = -1 };

	for (size_t i = 0; i < m->n_serials && is_text(d->kind, "serial"); i++)
		if (is_device_file(d->host, m->serials[i].name))
			f = (struct found){ true, m->serials[i].usage, m->serials[i].bdf, -1 };
	for (size_t i = 0; i < m->n_nics && is_text(d->kind, "nic"); i++)
		if (is_text(d->host, m->nics[i].name))
			f = (struct found){ true, m->nics[i].usage, m->nics[i].bdf, -1 };
	for (size_t i = 0; i < m->n_ports; i++)
		if (is_text(d->host, m->ports[i].name) || is_text(d->host, m->ports[i].path))
			f = (struct found){ true, m->ports[i].usage, m->ports[i].bdf, -1 };
	for (size_t i = 0; i < m->n_pci; i++) {
		if (is_text(d->kind, "pci") && is_text(d->host, m->pci[i].bdf))
			f = (struct found){ true, NULL, m->pci[i].bdf, -1 };
		if (is_text(f.bdf, m->pci[i].bdf))
			f.group = m->pci[i].group;
	}
	return f;
}

static int64_t group_of(const struct machine *m, const char *bdf)
{
	for (size_t i = 0; bdf && i < m->n_pci; i++)
		if (strcmp(m->pci[i].bdf, bdf) == 0)
			return m->pci[i].group;
	return -1;
}

/* Does the host itself depend on anything in this group? */
static const char *host_part(const struct machine *m, int64_t group)
{
	for (size_t i = 0; i < m->n_disks; i++)
		if (is_text(m->disks[i].usage, "host") && group_of(m, m->disks[i].bdf) == group)
			return m->disks[i].name;
	/* which disk the host starts from is not known: any storage controller may carry it */
	for (size_t i = 0; i < m->n_pci && m->n_disks == 0 && machine_lacks(m, "disks"); i++)
		if (m->pci[i].group == group && m->pci[i].class >> 16 == 0x01)
			return m->pci[i].bdf;
	for (size_t i = 0; i < m->n_nics; i++)
		if (is_text(m->nics[i].usage, "host") && group_of(m, m->nics[i].bdf) == group)
			return m->nics[i].name;
	for (size_t i = 0; i < m->n_serials; i++)
		if (is_text(m->serials[i].usage, "host") && group_of(m, m->serials[i].bdf) == group)
			return m->serials[i].name;
	for (size_t i = 0; i < m->n_ports; i++)
		if (is_text(m->ports[i].usage, "host") && group_of(m, m->ports[i].bdf) == group)
			return m->ports[i].name;
	return NULL;
}

static bool given_to(const struct partition *p, const char *bdf)
{
	for (size_t i = 0; i < p->n_devices; i++)
		if (is_text(p->devices[i].kind, "pci") && is_text(p->devices[i].host, bdf))
			return true;
	return false;
}

/* A function without message interrupts has its line for itself, or one guest delays another. */
static void check_line(struct check *c, const struct partition *p, const char *bdf)
{
	const struct machine *m = &c->plan->host;
	const struct machine_pci *own = NULL;

	for (size_t i = 0; i < m->n_pci; i++)
		if (is_text(m->pci[i].bdf, bdf))
			own = &m->pci[i];
	for (size_t i = 0; own && own->msi == TRI_NO && own->intx >= 0 && i < m->n_pci; i++) {
		const struct machine_pci *other = &m->pci[i];

		if (other == own || other->intx != own->intx || !other->driver ||
		    other->msi == TRI_YES || given_to(p, other->bdf))
			continue;
		check_broken(c, p->name, "PCI function %s has no message interrupts, and shares interrupt %"
			     PRId64 " with %s", bdf, own->intx, other->bdf);
	}
}

static void check_device(struct check *c, const struct partition *p,
			 const struct partition_device *d)
{
	const struct machine *m = &c->plan->host;
	struct found f = look_up(m, d);
	bool lent = !is_text(d->kind, "pci");
	const char *own;

	if (!f.exists) {
		check_broken(c, p->name, "the host has no %s '%s'", d->kind, d->host);
		return;
	}
	if (is_text(f.usage, "disabled") || (is_text(f.usage, "host") && !is_text(d->kind, "nic")))
		check_broken(c, p->name, "'%s' is %s", d->host,
			     is_text(f.usage, "host") ? "used by the host itself" : "switched off");
	if (lent)
		return;
	if (f.group < 0) {
		check_broken(c, p->name, "PCI function %s is in no IOMMU group", d->host);
		return;
	}
	check_line(c, p, d->host);
	own = host_part(m, f.group);
	if (own)
		check_broken(c, p->name, "PCI function %s and the host's own %s share IOMMU group %"
			     PRId64, d->host, own, f.group);
}

static void check_two(struct check *c, const struct partition *p, const struct partition_device *d,
		      const struct partition *q, const struct partition_device *e)
{
	struct found f = look_up(&c->plan->host, d), g = look_up(&c->plan->host, e);
	bool nics = is_text(d->kind, "nic") && is_text(e->kind, "nic");

	if (is_text(d->host, e->host) && is_text(d->kind, e->kind) &&
	    !(nics && p != q && !is_text(f.usage, "dedicated")))
		check_broken(c, p->name, "'%s' is also given to %s", d->host, q->name);
	else if (f.group >= 0 && f.group == g.group &&
		 (is_text(d->kind, "pci") || is_text(e->kind, "pci")) &&
		 (p != q || !is_text(d->kind, e->kind)))
		check_broken(c, p->name, "'%s' and '%s' of %s share IOMMU group %" PRId64, d->host,
			     e->host, q->name, f.group);
}

void check_devices(struct check *c)
{
	for (size_t i = 0; i < c->plan->n_partitions; i++) {
		const struct partition *p = &c->plan->partitions[i];

		for (size_t d = 0; d < p->n_devices; d++) {
			check_device(c, p, &p->devices[d]);
			for (size_t e = 0; e < d; e++)
				check_two(c, p, &p->devices[d], p, &p->devices[e]);
			for (size_t k = 0; k < i; k++)
				for (size_t e = 0; e < c->plan->partitions[k].n_devices; e++)
					check_two(c, p, &p->devices[d], &c->plan->partitions[k],
						  &c->plan->partitions[k].devices[e]);
		}
	}
}
