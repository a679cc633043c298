// SPDX-License-Identifier: GPL-2.0-or-later
/* Our devices and ports among those of a device: the same hardware under whatever name it has there. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/target/eve_merge_devices.h"
#include "lib/target/eve_merge_fields.h"

/* Addresses by which one knows a device, in the order of their worth. */
static const char *const addresses[] = { "PciLong", "Serial", "usbaddr", "Ifname" };

static const char *address_of(const Eve__PhysicalIO *d, const char *key)
{
	for (size_t i = 0; i < d->n_phyaddrs; i++)
		if (strcasecmp(d->phyaddrs[i]->key, key) == 0)
			return d->phyaddrs[i]->value;
	return "";
}

/* 1: the same hardware, -1: not, 0: one cannot know. */
static int compare(const Eve__PhysicalIO *a, const Eve__PhysicalIO *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		const char *of_a = address_of(a, addresses[i]), *of_b = address_of(b, addresses[i]);

		if (*of_a && *of_b)
			return strcasecmp(of_a, of_b) == 0 ? 1 : -1;
	}
	return 0;
}

static int find_device(const Eve__EdgeDevConfig *current, const Eve__PhysicalIO *own,
		       Eve__PhysicalIO **ret, struct error *err)
{
	*ret = NULL;
	for (size_t i = 0; i < current->n_deviceiolist && !*ret; i++)
		if (compare(current->deviceiolist[i], own) > 0)
			*ret = current->deviceiolist[i];
	for (size_t i = 0; i < current->n_deviceiolist && !*ret; i++) {
		Eve__PhysicalIO *d = current->deviceiolist[i];

		if (strcasecmp(d->phylabel, own->phylabel) != 0)
			continue;
		if (compare(d, own) < 0) {
			error_set(err, ERR_REFUSED, "device '%s' is other hardware in the current configuration "
				  "than in the plan's profile", own->phylabel);
			return error_hint(err, "profile this host again: the plan was made for another one");
		}
		*ret = d;
	}
	return 0;
}

static void set_text(char **text, const char *to)
{
	if (*text != protobuf_c_empty_string)
		free(*text);
	*text = xstrdup(to);
}

/* What ours calls something, and how the device calls it. Names may be exchanged: all are given at once. */
struct renames {
	struct rename {
		char *from, *to;
	} *list;
	size_t n;
};

struct merging {
	Eve__EdgeDevConfig *current, *own;
	struct report *report;
	struct renames groups, ports;
};

static void clear_renames(struct renames *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->list[i].from);
		free(r->list[i].to);
	}
	free(r->list);
}

static void clear_merging(struct merging *m)
{
	clear_renames(&m->groups);
	clear_renames(&m->ports);
}

static void add_rename(struct renames *r, const char *from, const char *to)
{
	if (*from)
		*APPEND(r->list, r->n) = (struct rename){ xstrdup(from), xstrdup(to) };
}

static void give_name(const struct renames *r, char **text)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->list[i].from, *text) == 0) {
			set_text(text, r->list[i].to);
			return;
		}
}

static void give_names(const struct merging *m)
{
	Eve__EdgeDevConfig *own = m->own;

	for (size_t i = 0; i < own->n_apps; i++)
		for (size_t k = 0; k < own->apps[i]->n_adapters; k++)
			give_name(&m->groups, &own->apps[i]->adapters[k]->name);
	for (size_t i = 0; i < own->n_networkinstances; i++)
		if (own->networkinstances[i]->port)
			give_name(&m->ports, &own->networkinstances[i]->port->name);
}

static bool names(const Eve__PhysicalIO *d, const Eve__SystemAdapter *port)
{
	const char *lower = *port->lowerlayername ? port->lowerlayername : port->name;

	return strcmp(d->logicallabel, lower) == 0 || strcmp(d->phylabel, lower) == 0;
}

static Eve__SystemAdapter *find_port(const Eve__EdgeDevConfig *current, const Eve__PhysicalIO *device)
{
	for (size_t i = 0; i < current->n_systemadapterlist; i++)
		if (names(device, current->systemadapterlist[i]))
			return current->systemadapterlist[i];
	return NULL;
}

static void add_network(Eve__EdgeDevConfig *current, Eve__EdgeDevConfig *own, const char *id)
{
	for (size_t i = 0; i < current->n_networks; i++)
		if (strcmp(current->networks[i]->id, id) == 0)
			return;
	for (size_t i = 0; i < own->n_networks; i++)
		if (own->networks[i] && strcmp(own->networks[i]->id, id) == 0)
			field_list_move(&current->base, &own->base, "networks", i);
	field_list_close(&own->base, "networks");
}

/* How the device reaches its network is its own affair: a port that is there stays as it is. */
static int merge_port(struct merging *m, size_t i, const Eve__PhysicalIO *device, struct error *err)
{
	Eve__EdgeDevConfig *current = m->current, *own = m->own;
	Eve__SystemAdapter *port = own->systemadapterlist[i], *theirs = find_port(current, device);

	if (theirs) {
		add_rename(&m->ports, port->name, theirs->name);
		return 0;
	}
	for (size_t k = 0; k < current->n_systemadapterlist; k++)
		if (strcmp(current->systemadapterlist[k]->name, port->name) == 0)
			return error_set(err, ERR_REFUSED, "port '%s' is another card in the current "
					 "configuration", port->name);
	set_text(&port->lowerlayername, device->logicallabel);
	if (*port->networkuuid)
		add_network(current, own, port->networkuuid);
	field_list_move(&current->base, &own->base, "systemAdapterList", i);
	return 0;
}

static int merge_ports(struct merging *m, const Eve__PhysicalIO *ours, const Eve__PhysicalIO *theirs,
		       struct error *err)
{
	for (size_t i = 0; i < m->own->n_systemadapterlist; i++)
		if (m->own->systemadapterlist[i] && names(ours, m->own->systemadapterlist[i]) &&
		    merge_port(m, i, theirs, err) < 0)
			return -1;
	return 0;
}

/* A device that it has not is added when all ports have found theirs. */
static int merge_device(struct merging *m, const Eve__PhysicalIO *ours, bool *ret_new, struct error *err)
{
	Eve__PhysicalIO *theirs;

	if (find_device(m->current, ours, &theirs, err) < 0 ||
	    merge_ports(m, ours, theirs ? theirs : ours, err) < 0)
		return -1;
	*ret_new = !theirs;
	if (!theirs)
		return 0;
	if (*ours->assigngrp && !*theirs->assigngrp)
		report_add(m->report, FINDING_NOTE, theirs->phylabel,
			   "the current configuration lets nobody have it: its assignment group is empty");
	add_rename(&m->groups, ours->assigngrp, *theirs->assigngrp ? theirs->assigngrp : theirs->phylabel);
	return 0;
}

int eve_merge_devices(Eve__EdgeDevConfig *current, Eve__EdgeDevConfig *own, struct report *report,
		      struct error *err)
{
	struct merging m __attribute__((cleanup(clear_merging))) = { .current = current, .own = own,
								     .report = report };
	CLEANUP_FREE bool *new = xcalloc(own->n_deviceiolist + 1, sizeof(*new));

	for (size_t i = 0; i < own->n_deviceiolist; i++)
		if (merge_device(&m, own->deviceiolist[i], &new[i], err) < 0)
			return -1;
	give_names(&m);
	for (size_t i = 0; i < own->n_deviceiolist; i++)
		if (new[i])
			field_list_move(&current->base, &own->base, "deviceIoList", i);
	field_list_close(&own->base, "deviceIoList");
	field_list_close(&own->base, "systemAdapterList");
	return 0;
}
