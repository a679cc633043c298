// SPDX-License-Identifier: GPL-2.0-or-later
/* The host's devices in EVE's words: types, labels and assignment groups, by the rules of its own lister. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/target/eve.h"

/* What a class of PCI functions is for EVE. */
struct io_class {
	uint32_t class, mask;	/* of the 24-bit class code */
	enum eve_io type;
	const char *label;
};

static const struct io_class io_classes[] = {
	{ 0x030000, 0xff0000, EVE_IO_HDMI, "VGA" },
	{ 0x0c0300, 0xffff00, EVE_IO_USB_CONTROLLER, "USB" },
	{ 0x010800, 0xffff00, EVE_IO_OTHER, "NVME" },
	{ 0x040100, 0xfffd00, EVE_IO_AUDIO, "Audio" },	/* 0401 and 0403 */
	{ 0x020000, 0xff0000, EVE_IO_ETH, NULL },
};

static const struct io_class *class_of(const struct machine_pci *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(io_classes); i++)
		if ((f->class & io_classes[i].mask) == io_classes[i].class)
			return &io_classes[i];
	return NULL;
}

static const struct machine_pci *pci_of(const struct machine *m, const char *bdf)
{
	for (size_t i = 0; bdf && i < m->n_pci; i++)
		if (strcmp(m->pci[i].bdf, bdf) == 0)
			return &m->pci[i];
	return NULL;
}

/* "" where EVE cannot assign it: no IOMMU group, or one that holds what EVE has no type for. */
static char *group_of(const struct machine *m, const struct machine_pci *f)
{
	if (!f || f->group < 0)
		return xstrdup("");
	for (size_t i = 0; i < m->n_pci; i++)
		if (m->pci[i].group == f->group && !class_of(&m->pci[i]))
			return xstrdup("");
	return xasprintf("group%" PRId64, f->group);
}

static void add_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

/* Adds one device and returns its addresses, to be filled in. */
static struct json_object *add_device(struct json_object *list, enum eve_io type, const char *label,
				      const char *group, int usage)
{
	struct json_object *o = json_object_new_object(), *addresses = json_object_new_object();

	json_object_object_add(o, "ptype", json_object_new_int((int)type));
	add_text(o, "phylabel", label);
	json_object_object_add(o, "phyaddrs", addresses);
	add_text(o, "logicallabel", label);
	if (*group)
		add_text(o, "assigngrp", group);
	json_object_object_add(o, "usage", json_object_new_int(usage));
	json_object_array_add(list, o);
	return addresses;
}

/* PhyIoMemberUsage */
static int usage_of(const char *usage)
{
	enum { NONE, MGMT_AND_APPS, SHARED, DEDICATED, DISABLED };

	if (!usage)
		return NONE;
	if (strcmp(usage, "host") == 0)
		return MGMT_AND_APPS;
	if (strcmp(usage, "shared") == 0)
		return SHARED;
	return strcmp(usage, "dedicated") == 0 ? DEDICATED :
	       strcmp(usage, "disabled") == 0  ? DISABLED :
						 NONE;
}

static void add_functions(const struct machine *m, struct json_object *list)
{
	for (size_t c = 0; c < ARRAY_SIZE(io_classes); c++) {
		unsigned int n = 0;

		for (size_t i = 0; io_classes[c].label && i < m->n_pci; i++) {
			CLEANUP_FREE char *group = NULL, *label = NULL;

			if (class_of(&m->pci[i]) != &io_classes[c])
				continue;
			group = group_of(m, &m->pci[i]);
			label = n ? xasprintf("%s%u", io_classes[c].label, n) :
				    xstrdup(io_classes[c].label);
			n++;
			add_text(add_device(list, io_classes[c].type, label, group, 0), "PciLong",
				 m->pci[i].bdf);
		}
	}
}

/* EVE lists ports that have both an address and an interrupt, and numbers them in that order. */
static void add_serials(const struct machine *m, struct json_object *list)
{
	unsigned int n = 0;

	for (size_t i = 0; i < m->n_serials; i++) {
		const struct machine_serial *s = &m->serials[i];
		CLEANUP_FREE char *label = NULL, *ports = NULL, *irq = NULL, *path = NULL;
		struct json_object *addresses;

		if (!s->port || !s->irq)
			continue;
		label = xasprintf("COM%u", ++n);
		ports = xasprintf("%" PRIx64 "-%" PRIx64, s->port, s->port + 7);
		irq = xasprintf("%" PRIu64, s->irq);
		path = xasprintf("/dev/%s", s->name);
		addresses = add_device(list, EVE_IO_COM, label, label, usage_of(s->usage));
		add_text(addresses, "Serial", path);
		add_text(addresses, "Ioports", ports);
		add_text(addresses, "Irq", irq);
	}
}

static void add_nics(const struct machine *m, const char *uplink, struct json_object *list)
{
	for (size_t i = 0; i < m->n_nics; i++) {
		const struct machine_nic *nic = &m->nics[i];
		CLEANUP_FREE char *group = group_of(m, pci_of(m, nic->bdf));
		bool own = uplink && strcmp(uplink, nic->name) == 0;
		struct json_object *addresses =
			add_device(list, EVE_IO_ETH, nic->name, group,
				   own ? usage_of("host") : nic->usage ? usage_of(nic->usage) :
									 usage_of("shared"));

		add_text(addresses, "Ifname", nic->name);
		if (nic->bdf)
			add_text(addresses, "PciLong", nic->bdf);
	}
}

static void add_ports(const struct machine *m, struct json_object *list)
{
	for (size_t i = 0; i < m->n_ports; i++) {
		const struct machine_port *p = &m->ports[i];
		const char *dash = strchr(p->name, '-');
		CLEANUP_FREE char *label = NULL, *group = NULL, *address = NULL;
		struct json_object *addresses;

		if (strcmp(p->kind, "can") == 0) {
			add_text(add_device(list, EVE_IO_CAN, p->name, "", usage_of(p->usage)),
				 "Ifname", p->name);
			continue;
		}
		if (strcmp(p->kind, "usb-device") != 0 || !dash || !p->ids)
			continue;
		/* Linux calls it bus-port.port, EVE bus:port.port */
		address = xasprintf("%.*s:%s", (int)(dash - p->name), p->name, dash + 1);
		label = xasprintf("USB-%s-%s", p->ids, address);
		group = xasprintf("USB%s", p->name);
		addresses = add_device(list, EVE_IO_USB_DEVICE, label, group, usage_of(p->usage));
		add_text(addresses, "usbaddr", address);
		add_text(addresses, "usbproduct", p->ids);
	}
}

struct json_object *eve_devices(const struct machine *m, const char *uplink)
{
	struct json_object *list = json_object_new_array();

	add_functions(m, list);
	add_serials(m, list);
	add_nics(m, uplink, list);
	add_ports(m, list);
	return list;
}

static bool has_address(struct json_object *device, const char *value)
{
	struct json_object *addresses = json_object_object_get(device, "phyaddrs");

	json_object_object_foreach(addresses, key, v) {
		const char *text = json_object_get_string(v);

		(void)key;
		if (strcmp(text, value) == 0)
			return true;
		/* a USB device is known to Linux with a dash */
		if (strcmp(key, "usbaddr") == 0 && strchr(value, '-') &&
		    strlen(text) == strlen(value) && strchr(text, ':') - text == strchr(value, '-') - value &&
		    strcmp(strchr(text, ':') + 1, strchr(value, '-') + 1) == 0)
			return true;
	}
	return false;
}

const char *eve_assign_name(struct json_object *devices, const struct partition_device *d)
{
	for (size_t i = 0; i < json_object_array_length(devices); i++) {
		struct json_object *o = json_object_array_get_idx(devices, i), *group;

		if (has_address(o, d->host) && json_object_object_get_ex(o, "assigngrp", &group))
			return json_object_get_string(group);
	}
	return NULL;
}

static const char *quoted_number(char *into, size_t size, uint64_t n, const char *unit)
{
	snprintf(into, size, "%" PRIu64 "%s", n, unit);
	return into;
}

struct json_object *eve_model(const struct machine *m)
{
	struct json_object *model = json_object_new_object(), *attr = json_object_new_object();
	struct json_object *devices = eve_devices(m, NULL);
	uint64_t storage = 0;
	char text[32];

	for (size_t i = 0; i < m->n_disks; i++)
		storage += m->disks[i].removable == TRI_YES ? 0 : m->disks[i].size;
	json_object_object_add(model, "arch",
			       json_object_new_int(m->arch && strcmp(m->arch, "aarch64") == 0 ? 4 : 2));
	add_text(model, "productStatus", "production");
	add_text(attr, "memory", quoted_number(text, sizeof(text), m->memory >> 20, "M"));
	add_text(attr, "storage", quoted_number(text, sizeof(text), storage >> 30, "G"));
	add_text(attr, "Cpus", quoted_number(text, sizeof(text), m->n_threads, ""));
	json_object_object_add(model, "attr", attr);
	for (size_t i = 0; i < json_object_array_length(devices); i++) {
		struct json_object *o = json_object_array_get_idx(devices, i);

		/* the same but for the name of the type */
		json_object_object_add(o, "ztype", json_object_get(json_object_object_get(o, "ptype")));
		json_object_object_del(o, "ptype");
		if (!json_object_object_get(o, "assigngrp"))
			add_text(o, "assigngrp", "");
	}
	json_object_object_add(model, "ioMemberList", devices);
	return model;
}
