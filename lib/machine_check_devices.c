// SPDX-License-Identifier: GPL-2.0-or-later
/* The semantic pass over a profile: PCI functions, IOMMU groups, and everything with a plug. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/machine_check_private.h"

enum { LIST_MAX = 4096 };	/* entries that are compared with each other */

static bool is_text(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static bool has_function(const struct machine *m, const char *bdf)
{
	for (size_t i = 0; i < m->n_pci; i++)
		if (strcmp(m->pci[i].bdf, bdf) == 0)
			return true;
	return false;
}

static bool has_group(const struct machine *m, int64_t id)
{
	for (size_t i = 0; i < m->n_groups; i++)
		if ((int64_t)m->groups[i].id == id)
			return true;
	return false;
}

static void check_function(struct machine_checking *c, size_t i)
{
	const struct machine_pci *p = &c->m->pci[i];

	for (size_t k = 0; k < i; k++)
		if (strcmp(c->m->pci[k].bdf, p->bdf) == 0)
			machine_wrong(c, "function", NULL, "PCI function %s is described twice", p->bdf);
	if (p->group >= 0 && !has_group(c->m, p->group))
		machine_wrong(c, "function", "add the group, or leave out the attribute", "group=\"%" PRId64 "\" "
			      "of PCI function %s is not among the groups", p->group, p->bdf);
	if (p->sriov_enabled > p->sriov_total)
		machine_wrong(c, "function", NULL, "PCI function %s has %" PRIu32 " virtual functions on, and "
			      "can have %" PRIu32, p->bdf, p->sriov_enabled, p->sriov_total);
	for (size_t k = 0; k < p->n_bars; k++) {
		uint64_t end;

		if (ADD_OVERFLOW(p->bars[k].start, p->bars[k].size, &end))
			machine_wrong(c, "bar", NULL, "range %" PRIu32 " of PCI function %s, 0x%" PRIx64
				      " bytes from 0x%" PRIx64 ", is beyond all addresses",
				      p->bars[k].index, p->bdf, p->bars[k].size, p->bars[k].start);
	}
}

static void check_groups(struct machine_checking *c)
{
	const struct machine *m = c->m;

	for (size_t i = 0; i < m->n_groups; i++) {
		for (size_t k = 0; k < i; k++)
			if (m->groups[k].id == m->groups[i].id)
				machine_wrong(c, "group", NULL, "IOMMU group %" PRIu64 " is described twice",
					      m->groups[i].id);
		for (size_t k = 0; k < m->groups[i].n_regions; k++)
			if (m->groups[i].regions[k].start > m->groups[i].regions[k].end)
				machine_wrong(c, "region", NULL, "start=\"0x%" PRIx64 "\" of IOMMU group %" PRIu64
					      " is behind its end", m->groups[i].regions[k].start,
					      m->groups[i].id);
	}
}

/* What has a plug, whatever its element. */
struct plug {
	const char *element, *name, *label, *bdf;
	uint64_t port;
};

struct plugs {
	struct plug v[LIST_MAX];
	size_t n;
};

static void add_plug(struct plugs *l, struct plug p)
{
	if (l->n < LIST_MAX)
		l->v[l->n++] = p;
}

static void list_plugs(const struct machine *m, struct plugs *l)
{
	for (size_t i = 0; i < m->n_nics; i++)
		add_plug(l, (struct plug){ "nic", m->nics[i].name, m->nics[i].label, m->nics[i].bdf, 0 });
	for (size_t i = 0; i < m->n_serials; i++)
		add_plug(l, (struct plug){ "serial", m->serials[i].name, m->serials[i].label,
					   m->serials[i].bdf, m->serials[i].port });
	for (size_t i = 0; i < m->n_ports; i++)
		add_plug(l, (struct plug){ "port", m->ports[i].name, m->ports[i].label, m->ports[i].bdf,
					   m->ports[i].port });
	for (size_t i = 0; i < m->n_disks; i++)
		add_plug(l, (struct plug){ "disk", m->disks[i].name, NULL, m->disks[i].bdf, 0 });
}

static void check_two(struct machine_checking *c, const struct plug *a, const struct plug *b)
{
	if (strcmp(a->element, b->element) == 0 && strcmp(a->name, b->name) == 0)
		machine_wrong(c, a->element, "give each a name of its own", "name=\"%s\" is there twice", a->name);
	if (is_text(a->label, b->label))
		machine_wrong(c, a->element, "write what is printed on the box beside each", "label=\"%s\" is at "
			      "both %s and %s: nobody could tell them apart", a->label, a->name, b->name);
	if (a->port && a->port == b->port)
		machine_wrong(c, a->element, NULL, "port=\"0x%" PRIx64 "\" is claimed by both %s and %s", a->port,
			      a->name, b->name);
}

static void check_plugs(struct machine_checking *c)
{
	CLEANUP_FREE struct plugs *l = xcalloc(1, sizeof(*l));

	list_plugs(c->m, l);
	for (size_t i = 0; i < l->n; i++) {
		if (l->v[i].bdf && c->m->n_pci && !has_function(c->m, l->v[i].bdf))
			machine_wrong(c, l->v[i].element, NULL, "bdf=\"%s\" of %s is not among the PCI functions",
				      l->v[i].bdf, l->v[i].name);
		for (size_t k = 0; k < i; k++)
			check_two(c, &l->v[k], &l->v[i]);
	}
}

void machine_check_devices(struct machine_checking *c)
{
	if (c->m->n_pci > LIST_MAX || c->m->n_groups > LIST_MAX) {
		machine_wrong(c, "pci", NULL, "%zu functions in %zu groups are described; no host has more than "
			      "%d", c->m->n_pci, c->m->n_groups, LIST_MAX);
		return;
	}
	for (size_t i = 0; i < c->m->n_pci; i++)
		check_function(c, i);
	check_groups(c);
	check_plugs(c);
}
