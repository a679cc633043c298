// SPDX-License-Identifier: GPL-2.0-or-later
/* ACRN's board.xml: PCI functions, the IOMMU groups that follow from them, serial ports, USB. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"
#include "lib/import_private.h"

enum { USB_CLASS = 0x0c03, PCI_BRIDGE_CLASS = 0x0604 };

struct devices {
	struct machine *m;
	uint64_t next_group;
};

static void read_bar(struct machine_pci *p, const xmlNode *node, const char *id)
{
	CLEANUP_FREE char *type = xml_get(node, "type"), *width = xml_get(node, "width");
	uint64_t index = import_u64(id + strlen("bar"), 6), size = import_attr(node, "len", 0);
	struct machine_bar *bar;

	if (index > 5 || size == 0 || p->n_bars == 6)
		return;
	bar = APPEND(p->bars, p->n_bars);
	bar->index = (uint32_t)index;
	bar->start = import_attr(node, "min", 0);
	bar->size = size;
	bar->kind = xstrdup(type && strcmp(type, "io_port") == 0 ? "io" :
			    width && strcmp(width, "64") == 0 ? "mem64" : "mem32");
}

static void read_resources(struct machine_pci *p, const xmlNode *node)
{
	XML_EACH(resource, node, "resource") {
		CLEANUP_FREE char *id = xml_get(resource, "id"), *type = xml_get(resource, "type");
		uint64_t line = import_attr(resource, "source", UINT64_MAX);

		if (id && strncmp(id, "bar", 3) == 0)
			read_bar(p, resource, id);
		if (type && strcmp(type, "interrupt_pin") == 0 && line < 4096)
			p->intx = (int64_t)line;
	}
}

/* What a function says of itself, among its capabilities. */
static bool says(const xmlNode *node, const char *id)
{
	XML_EACH(capability, node, "capability") {
		CLEANUP_FREE char *have = xml_get(capability, "id");

		if (have && strcmp(have, id) == 0)
			return true;
	}
	return false;
}

static void fill(struct machine_pci *p, const xmlNode *node)
{
	p->class = import_child(node, "class", 0) & 0xffffff;
	p->vendor = import_child(node, "vendor", 0) & 0xffff;
	p->device = import_child(node, "identifier", 0) & 0xffff;
	p->subvendor = import_child(node, "subsystem_vendor", 0) & 0xffff;
	p->subdevice = import_child(node, "subsystem_identifier", 0) & 0xffff;
	read_resources(p, node);
	p->msi = says(node, "MSI") || says(node, "MSI-X") ? TRI_YES :
		 xml_child(node, "capability") ? TRI_NO : TRI_UNKNOWN;
}

static void add_usb(struct machine *m, const xmlNode *node, const char *bdf, int depth)
{
	for (const xmlNode *child = node->children; child && depth < IMPORT_DEPTH_MAX;
	     child = child->next) {
		CLEANUP_FREE char *location = NULL;
		struct machine_port *p;

		if (child->type != XML_ELEMENT_NODE)
			continue;
		if (strcmp((const char *)child->name, "usb_device") != 0) {
			add_usb(m, child, bdf, depth + 1);
			continue;
		}
		location = xml_get(child, "location");
		if (!location || strlen(location) > 32 ||
		    strspn(location, "0123456789-.") != strlen(location) || m->n_ports == 1024)
			continue;
		p = APPEND(m->ports, m->n_ports);
		p->kind = xstrdup("usb-device");
		p->name = xstrdup(location);
		p->bdf = xstrdup(bdf);
		p->detail = xml_get(child, "description");
		p->irq = -1;
	}
}

static void add_controller(struct machine *m, const struct machine_pci *p)
{
	struct machine_port *port = APPEND(m->ports, m->n_ports);

	port->kind = xstrdup("usb-controller");
	port->name = xasprintf("usb-%s", p->bdf);
	port->bdf = xstrdup(p->bdf);
	port->irq = -1;
}

static int read_bus(struct devices *d, const xmlNode *bus, int64_t group, int depth,
		    struct error *err);

/*
 * The file does not hold IOMMU groups, but what they follow from: without access control services
 * (ACS) all that is behind a bridge can talk to each other past the IOMMU, and so can the functions of
 * one slot. Taking each slot as one group is never finer than what Linux does.
 * Source: PCI Express Base Specification 3.0, 6.12; Linux, drivers/iommu/iommu.c, pci_device_group().
 */
static int read_device(struct devices *d, const xmlNode *node, uint64_t bus, int64_t group,
		       int depth, struct error *err)
{
	uint64_t address = import_attr(node, "address", UINT64_MAX);
	CLEANUP_FREE char *bdf = NULL;
	struct machine_pci *p;

	if (bus > 255 || address >> 16 > 31 || (address & 0xffff) > 7)
		return 0;		/* an ACPI object without a function behind it */
	bdf = xasprintf("0000:%02" PRIx64 ":%02" PRIx64 ".%" PRIx64, bus, address >> 16,
			address & 0xffff);
	if (import_function(d->m, bdf, &p, err) < 0)
		return xml_error_at(err, node, "PCI function %s is described twice", bdf);
	fill(p, node);
	p->group = group;
	if (p->class >> 8 == USB_CLASS) {
		add_controller(d->m, p);
		add_usb(d->m, node, bdf, depth);
	}
	if (xml_child(node, "bus"))
		return read_bus(d, xml_child(node, "bus"), says(node, "ACS") ? -1 : group, depth + 1,
				err);
	return 0;
}

/* Devices of one slot are one group; @group >= 0: they belong to that of the bridge above. */
static int read_bus(struct devices *d, const xmlNode *bus, int64_t group, int depth,
		    struct error *err)
{
	uint64_t number = import_attr(bus, "address", UINT64_MAX);
	int64_t slots[32];

	if (depth >= IMPORT_DEPTH_MAX)
		return xml_error_at(err, bus, "buses are too deep inside each other");
	for (size_t i = 0; i < 32; i++)
		slots[i] = group;
	XML_EACH(node, bus, "device") {
		uint64_t slot = import_attr(node, "address", UINT64_MAX) >> 16;

		if (slot > 31 || !xml_child(node, "vendor"))
			continue;
		if (slots[slot] < 0)
			slots[slot] = (int64_t)d->next_group++;
		if (read_device(d, node, number, slots[slot], depth, err) < 0)
			return -1;
	}
	return 0;
}

static int find_buses(struct devices *d, const xmlNode *parent, int depth, struct error *err)
{
	for (const xmlNode *node = parent ? parent->children : NULL; node; node = node->next) {
		CLEANUP_FREE char *type = NULL;

		if (node->type != XML_ELEMENT_NODE)
			continue;
		if (depth == IMPORT_DEPTH_MAX)
			return xml_error_at(err, node, "elements are too deep inside each other");
		type = strcmp((const char *)node->name, "bus") == 0 ? xml_get(node, "type") : NULL;
		if (type && strcmp(type, "pci") == 0) {
			if (read_bus(d, node, -1, depth, err) < 0)
				return -1;
		} else if (find_buses(d, node, depth + 1, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static void add_groups(struct machine *m, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		struct machine_group *g = APPEND(m->groups, m->n_groups);

		g->id = i;
		g->type = xstrdup("derived");
	}
	if (n)
		machine_miss(m, "iommu-group-numbers", "board.xml does not hold IOMMU groups: they were "
			     "derived from slots and access control services, and are not numbered "
			     "as Linux numbers them");
}

/* bdf:"00:1e.0" is hexadecimal, bdf:0:22.3 is decimal. */
static char *serial_bdf(const char *text)
{
	struct strv parts CLEANUP_STRV = STRV_INIT;
	uint64_t bus, device, function;

	if (*text == '"') {
		CLEANUP_FREE char *inner = xstrndup(text + 1, strcspn(text + 1, "\""));

		return import_bdf(inner);
	}
	strv_split(&parts, text, ":.");
	if (parts.n != 3)
		return NULL;
	bus = import_u64(parts.v[0], 256);
	device = import_u64(parts.v[1], 32);
	function = import_u64(parts.v[2], 8);
	if (bus > 255 || device > 31 || function > 7)
		return NULL;
	return xasprintf("0000:%02" PRIx64 ":%02" PRIx64 ".%" PRIx64, bus, device, function);
}

/* "seri:/dev/ttyS0 type:portio base:0x3F8 irq:4" */
static void read_serial(struct machine *m, const char *line)
{
	struct strv words CLEANUP_STRV = STRV_INIT;
	struct machine_serial s = { 0 };
	uint64_t base = 0;
	bool mmio = false;

	strv_split(&words, line, " \t");
	for (size_t i = 0; i < words.n; i++) {
		const char *value = strchr(words.v[i], ':');

		value = value ? value + 1 : "";
		if (strncmp(words.v[i], "seri:/dev/tty", 13) == 0 && !s.name && strlen(value) < 32)
			s.name = xstrdup(value + strlen("/dev/"));
		else if (strncmp(words.v[i], "type:", 5) == 0)
			mmio = strcmp(value, "mmio") == 0;
		else if (strncmp(words.v[i], "base:", 5) == 0)
			base = import_u64(value, 0);
		else if (strncmp(words.v[i], "irq:", 4) == 0)
			s.irq = MIN(import_u64(value, 0), UINT64_C(4095));
		else if (strncmp(words.v[i], "bdf:", 4) == 0 && !s.bdf)
			s.bdf = serial_bdf(value);
	}
	if (!s.name || !base || m->n_serials == 256) {
		free(s.name);
		free(s.bdf);
		return;
	}
	*(mmio ? &s.mmio : &s.port) = base;
	s.uart = xstrdup("unknown");
	*APPEND(m->serials, m->n_serials) = s;
}

static bool has_function(const struct machine *m, const char *bdf)
{
	for (size_t i = 0; i < m->n_pci; i++)
		if (strcmp(m->pci[i].bdf, bdf) == 0)
			return true;
	return false;
}

static void read_serials(struct machine *m, const xmlNode *root)
{
	const xmlNode *node = xml_child(root, "TTYS_INFO");
	CLEANUP_FREE char *text = node ? xml_text(node) : NULL;
	struct strv lines CLEANUP_STRV = STRV_INIT;

	if (text)
		strv_split(&lines, text, "\r\n");
	for (size_t i = 0; i < lines.n; i++)
		read_serial(m, lines.v[i]);
	for (size_t i = 0; i < m->n_serials; i++) {
		struct machine_serial *s = &m->serials[i];

		if (!s->bdf || has_function(m, s->bdf))
			continue;
		machine_miss(m, "serial-functions", "%s is on PCI function %s, which board.xml does not "
			     "list", s->name, s->bdf);
		free(STEAL(s->bdf));
	}
	if (m->n_serials)
		machine_miss(m, "uart-types", "board.xml does not name them");
	else
		machine_miss(m, "serials", "board.xml lists none in TTYS_INFO");
}

int import_acrn_devices(struct machine *m, const xmlNode *root, struct error *err)
{
	struct devices d = { .m = m };

	if (find_buses(&d, xml_child(root, "devices"), 0, err) < 0)
		return -1;
	add_groups(m, d.next_group);
	read_serials(m, root);
	machine_miss(m, "nics", "board.xml names no network interfaces, only their PCI functions: "
		     "which one the host needs for itself is not known");
	machine_miss(m, "disks", "board.xml tells neither their size nor which one the host starts from");
	return 0;
}
