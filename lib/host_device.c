// SPDX-License-Identifier: GPL-2.0-or-later
/* All devices of a host that a guest could get, as one list. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/host_device.h"

enum { PCI_CLASS_STORAGE = 0x01, PCI_CLASS_BRIDGE = 0x06 };

static int64_t group_of(const struct machine *m, const char *bdf)
{
	for (size_t i = 0; bdf && i < m->n_pci; i++)
		if (strcmp(m->pci[i].bdf, bdf) == 0)
			return m->pci[i].group;
	return -1;
}

static void add(struct host_devices *ret, const struct machine *m, const struct host_device *d)
{
	struct host_device *copy = APPEND(ret->v, ret->n);

	*copy = *d;
	copy->group = group_of(m, d->bdf);
}

static void add_nics(struct host_devices *ret, const struct machine *m)
{
	for (size_t i = 0; i < m->n_nics; i++) {
		const struct machine_nic *n = &m->nics[i];

		add(ret, m, &(struct host_device){ "nic", xstrdup(n->name), n->name, n->label,
						   n->usage, n->bdf, -1 });
	}
}

static void add_serials(struct host_devices *ret, const struct machine *m)
{
	for (size_t i = 0; i < m->n_serials; i++) {
		const struct machine_serial *s = &m->serials[i];

		add(ret, m, &(struct host_device){ "serial", xasprintf("/dev/%s", s->name), s->name,
						   s->label, s->usage, s->bdf, -1 });
	}
}

static void add_ports(struct host_devices *ret, const struct machine *m)
{
	for (size_t i = 0; i < m->n_ports; i++) {
		const struct machine_port *p = &m->ports[i];
		const char *kind = strcmp(p->kind, "parallel") == 0 ? "parallel" :
				   strcmp(p->kind, "usb-device") == 0 ? "usb" : "other";

		add(ret, m, &(struct host_device){ kind, xstrdup(p->path ? p->path : p->name),
						   p->name, p->label, p->usage, p->bdf, -1 });
	}
}

static bool has_host_disk(const struct machine *m, const char *bdf)
{
	for (size_t i = 0; i < m->n_disks; i++)
		if (m->disks[i].bdf && m->disks[i].usage && strcmp(m->disks[i].bdf, bdf) == 0 &&
		    strcmp(m->disks[i].usage, "host") == 0)
			return true;
	return false;
}

/* Where disks are not known, the host may start from any storage controller. */
static bool maybe_host_disk(const struct machine *m, const char *bdf)
{
	if (m->n_disks || !machine_lacks(m, "disks"))
		return false;
	for (size_t i = 0; i < m->n_pci; i++)
		if (strcmp(m->pci[i].bdf, bdf) == 0)
			return m->pci[i].class >> 16 == PCI_CLASS_STORAGE;
	return false;
}

/* A function is the host's own if a disk, network card or port behind it is. */
static const char *function_usage(const struct host_devices *known, const struct machine *m,
				  const char *bdf)
{
	for (size_t i = 0; i < known->n; i++)
		if (known->v[i].bdf && strcmp(known->v[i].bdf, bdf) == 0 &&
		    host_device_used(&known->v[i]))
			return "host";
	return has_host_disk(m, bdf) || maybe_host_disk(m, bdf) ? "host" : NULL;
}

static const char *function_label(const struct host_devices *known, size_t n, const char *bdf)
{
	for (size_t i = 0; i < n; i++)
		if (known->v[i].bdf && known->v[i].label && strcmp(known->v[i].bdf, bdf) == 0)
			return known->v[i].label;
	return NULL;
}

void host_devices_list(struct host_devices *ret, const struct machine *m)
{
	size_t n;

	add_nics(ret, m);
	add_serials(ret, m);
	add_ports(ret, m);
	n = ret->n;
	for (size_t i = 0; i < m->n_pci; i++) {
		const struct machine_pci *p = &m->pci[i];

		if (p->class >> 16 == PCI_CLASS_BRIDGE)
			continue;
		add(ret, m, &(struct host_device){ "pci", xstrdup(p->bdf), NULL,
						   function_label(ret, n, p->bdf),
						   function_usage(ret, m, p->bdf), p->bdf, -1 });
	}
}

void host_devices_clear(struct host_devices *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->v[i].host);
	free(d->v);
	*d = (struct host_devices)HOST_DEVICES_INIT;
}

bool host_device_answers(const struct host_device *d, const char *text)
{
	return strcmp(d->host, text) == 0 || (d->name && strcmp(d->name, text) == 0) ||
	       (d->label && strcmp(d->label, text) == 0) || (d->bdf && strcmp(d->bdf, text) == 0);
}

bool host_device_used(const struct host_device *d)
{
	return d->usage && (strcmp(d->usage, "host") == 0 || strcmp(d->usage, "disabled") == 0);
}
