// SPDX-License-Identifier: GPL-2.0-or-later
/* EVE's hardware model (JSON): the ports of a box with the text beside them, and little else. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"
#include "lib/import_private.h"

/* Source: EVE, api/proto/config/devmodel.proto; lf-edge/eden, models/: the files that are about. */

enum { MEMBERS_MAX = 1024, JSON_DEPTH_MAX = 16, ARCH_X86_64 = 2, ARCH_ARM64 = 4 };

enum { ETH = 1, USB = 2, COM = 3, AUDIO = 4, WLAN = 5, WWAN = 6, HDMI = 7, NVME = 9, SATA = 10,
       ETH_PF = 11, USB_CONTROLLER = 13, USB_DEVICE = 14, CAN = 15, VCAN = 16, LCAN = 17, OTHER = 255 };

static const struct type {
	const char *name;	/* as a controller spells it, or NULL */
	int number;
	uint32_t class;		/* of the PCI function behind it      */
	const char *kind;	/* of a port; NULL: it is none        */
} types[] = {
	{ "IO_TYPE_ETH", ETH, 0x020000, NULL },	 { "IO_TYPE_USB", USB, 0x0c0330, "usb-controller" },
	{ "IO_TYPE_COM", COM, 0x070002, NULL },	 { "IO_TYPE_AUDIO", AUDIO, 0x040300, "audio" },
	{ "IO_TYPE_WLAN", WLAN, 0x028000, NULL }, { "IO_TYPE_WWAN", WWAN, 0x028000, NULL },
	{ "IO_TYPE_HDMI", HDMI, 0x030000, "other" }, { NULL, NVME, 0x010802, NULL },
	{ NULL, SATA, 0x010601, NULL },		 { NULL, ETH_PF, 0x020000, NULL },
	{ "IO_TYPE_USB_CONTROLLER", USB_CONTROLLER, 0x0c0330, "usb-controller" },
	{ "IO_TYPE_USB_DEVICE", USB_DEVICE, 0, "usb-device" }, { "IO_TYPE_CAN", CAN, 0x0c0900, "can" },
	{ NULL, VCAN, 0, "can" },		 { NULL, LCAN, 0, "can" },
	{ NULL, OTHER, 0xff0000, "other" },
};

static const char *text_of(const struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	if (!o || !json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return *json_object_get_string(value) ? json_object_get_string(value) : NULL;
}

static int64_t number_of(const struct json_object *o, const char *key, int64_t fallback)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(o, key, &value))
		return fallback;
	return json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : fallback;
}

/* EVE lower-cases the keys of phyaddrs: their spelling is free. */
static const char *address(const struct json_object *member, const char *key)
{
	struct json_object *addresses = NULL;

	if (!json_object_object_get_ex(member, "phyaddrs", &addresses) ||
	    !json_object_is_type(addresses, json_type_object))
		return NULL;
	json_object_object_foreach(addresses, name, value) {
		if (strcasecmp(name, key) == 0 && json_object_is_type(value, json_type_string) &&
		    *json_object_get_string(value))
			return json_object_get_string(value);
	}
	return NULL;
}

static const struct type *type_of(const struct json_object *member)
{
	const char *name = text_of(member, "ztype");
	int64_t number = number_of(member, "ztype", -1);

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (number == types[i].number ||
		    (name && types[i].name && strcmp(name, types[i].name) == 0))
			return &types[i];
	return NULL;
}

static char *usage_of(const struct json_object *member)
{
	static const char *const names[] = { NULL, "host", "shared", "dedicated", "disabled",
					     "host" };
	int64_t usage = number_of(member, "usage", 0);

	return usage > 0 && usage < (int64_t)ARRAY_SIZE(names) ? xstrdup(names[usage]) : NULL;
}

/* The name of a thing may hold no blanks; labels may. */
static char *name_of(const struct json_object *member)
{
	const char *label = text_of(member, "logicallabel");
	char *name = xstrndup(label ? label : text_of(member, "phylabel") ?: "port", 64);

	for (char *c = name; *c; c++)
		if (*c <= ' ' || *c > '~')
			*c = '-';
	return name;
}

static char *label_of(const struct json_object *member)
{
	const char *label = text_of(member, "phylabel");

	return label ? xstrdup(label) : NULL;
}

/* "iommu_groups/4", "group4": a number of Linux; others only say what belongs together. */
static int64_t linux_group(const char *assign)
{
	static const char *const prefixes[] = { "iommu_groups/", "group" };

	for (size_t i = 0; assign && i < ARRAY_SIZE(prefixes); i++)
		if (strncmp(assign, prefixes[i], strlen(prefixes[i])) == 0) {
			uint64_t id = import_u64(assign + strlen(prefixes[i]), UINT64_MAX);

			return id < 1 << 20 ? (int64_t)id : -1;
		}
	return -1;
}

static void need_group(struct machine *m, int64_t id)
{
	struct machine_group *g;

	for (size_t i = 0; i < m->n_groups; i++)
		if ((int64_t)m->groups[i].id == id)
			return;
	g = APPEND(m->groups, m->n_groups);
	g->id = (uint64_t)id;
	g->type = xstrdup("assignment");
}

struct model {
	struct machine *m;
	struct strv assign;	/* of each member with a function, its assignment group */
	bool own_names;		/* some groups are not numbers of Linux                 */
};

/* Several ports may be one function: it is described once. */
static int add_function(struct model *d, const struct json_object *member, const struct type *type,
			const char *bdf, struct error *err)
{
	const char *assign = text_of(member, "assigngrp");
	struct machine_pci *p;

	for (size_t i = 0; i < d->m->n_pci; i++)
		if (strcmp(d->m->pci[i].bdf, bdf) == 0)
			return 0;
	if (import_function(d->m, bdf, &p, err) < 0)
		return -1;
	p->class = type->class;
	p->group = linux_group(assign);
	if (assign && p->group < 0) {
		const int64_t base = 1 << 20;	/* beyond the numbers of Linux */
		size_t i = 0;

		while (i < d->assign.n && strcmp(d->assign.v[i], assign) != 0)
			i++;
		if (i == d->assign.n)
			strv_add(&d->assign, assign);
		p->group = base + (int64_t)i;
		d->own_names = true;
	}
	if (p->group >= 0)
		need_group(d->m, p->group);
	return 0;
}

static void add_serial(struct machine *m, const struct json_object *member, const char *bdf)
{
	const char *device = address(member, "Serial"), *ports = address(member, "Ioports");
	CLEANUP_FREE char *first = ports ? xasprintf("0x%.*s", (int)strcspn(ports, "-"), ports) : NULL;
	struct machine_serial *s = APPEND(m->serials, m->n_serials);

	s->name = device && strncmp(device, "/dev/", 5) == 0 && strlen(device) > 5 &&
				  strlen(device) < 64 && !strpbrk(device, " \t\n")
			  ? xstrdup(device + 5) : name_of(member);
	s->uart = xstrdup("unknown");
	s->port = MIN(import_u64(first, 0), UINT64_C(0xffff));
	s->irq = MIN(import_u64(address(member, "Irq"), 0), UINT64_C(4095));
	s->bdf = bdf ? xstrdup(bdf) : NULL;
	s->label = label_of(member);
	s->usage = usage_of(member);
}

static void add_nic(struct machine *m, const struct json_object *member, const char *bdf)
{
	const char *name = address(member, "Ifname");
	struct machine_nic *n = APPEND(m->nics, m->n_nics);

	n->name = name && strlen(name) <= 64 && !strpbrk(name, " \t\n") ? xstrdup(name)
									 : name_of(member);
	n->bdf = bdf ? xstrdup(bdf) : NULL;
	n->label = label_of(member);
	n->usage = usage_of(member);
}

static void add_port(struct machine *m, const struct json_object *member, const struct type *type,
		     const char *bdf)
{
	const char *ids = address(member, "UsbProduct"), *path = address(member, "UsbAddr");
	struct machine_port *p = APPEND(m->ports, m->n_ports);

	p->name = name_of(member);
	p->kind = xstrdup(type->kind);
	p->bdf = bdf ? xstrdup(bdf) : NULL;
	p->ids = ids ? xstrdup(ids) : NULL;
	p->path = path ? xstrdup(path) : NULL;
	p->irq = -1;
	p->label = label_of(member);
	p->usage = usage_of(member);
}

static int add_member(struct model *d, const struct json_object *member, struct error *err)
{
	const struct type *type;
	CLEANUP_FREE char *bdf = NULL;

	if (!json_object_is_type(member, json_type_object))
		return error_set(err, ERR_FORMAT, "ioMemberList holds something that is no object");
	type = type_of(member);
	if (!type)
		return error_set(err, ERR_FORMAT, "the port '%s' has a ztype that EVE does not know",
				 text_of(member, "phylabel") ?: "without phylabel");
	bdf = import_bdf(address(member, "PciLong"));
	if (bdf && add_function(d, member, type, bdf, err) < 0)
		return -1;
	if (type->number == COM)
		add_serial(d->m, member, bdf);
	else if (type->number == ETH || type->number == ETH_PF || type->number == WLAN ||
		 type->number == WWAN)
		add_nic(d->m, member, bdf);
	else if (type->kind)
		add_port(d->m, member, type, bdf);
	return 0;
}

/* "16384M", "7G" */
static void read_attributes(struct machine *m, const struct json_object *root)
{
	struct json_object *attr = NULL;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	const char *memory, *cpus;
	uint64_t bytes = 0;

	if (!json_object_object_get_ex(root, "attr", &attr))
		return;
	memory = text_of(attr, "memory");
	cpus = text_of(attr, "Cpus");
	if (memory && parse_size(memory, &bytes, &err) == 0 && bytes <= UINT64_C(1) << 48)
		m->memory = bytes;
	machine_miss(m, "topology", "EVE's model tells no more of the processors than their number, %s",
		     cpus ? cpus : "or not even that");
}

static int read_root(struct machine *m, const struct json_object *root, struct error *err)
{
	struct json_object *members = NULL;
	struct model d = { .m = m, .assign = STRV_INIT };
	int64_t arch = number_of(root, "arch", 0);
	int rc = 0;

	if (!json_object_object_get_ex(root, "ioMemberList", &members) ||
	    !json_object_is_type(members, json_type_array))
		return error_set(err, ERR_FORMAT, "there is no list 'ioMemberList': this is not a "
				 "hardware model of EVE");
	if (json_object_array_length(members) > MEMBERS_MAX)
		return error_set(err, ERR_FORMAT, "there are more than %d ports", MEMBERS_MAX);
	m->arch = xstrdup(arch == ARCH_X86_64 ? "x86_64" : arch == ARCH_ARM64 ? "aarch64" : "other");
	read_attributes(m, root);
	for (size_t i = 0; i < json_object_array_length(members) && rc == 0; i++)
		rc = add_member(&d, json_object_array_get_idx(members, i), err);
	strv_clear(&d.assign);
	if (rc == 0 && d.own_names)
		machine_miss(m, "iommu-group-numbers", "the model says which ports are given away "
			     "together, not the numbers of their IOMMU groups");
	if (rc == 0 && m->n_pci)
		machine_miss(m, "pci-ids", "EVE's model does not hold vendor and device numbers; "
			     "the classes are those of the kind of port");
	return rc;
}

int import_eve(struct machine *m, const char *text, size_t len, const char *name,
	       struct error *err)
{
	struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX);
	struct json_object *root;
	int rc;

	if (!tokener)
		abort();
	json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tokener, text, (int)len);
	if (!json_object_is_type(root, json_type_object)) {
		error_set(err, ERR_FORMAT, "%s is not JSON: %s", name,
			  json_tokener_error_desc(json_tokener_get_error(tokener)));
		error_hint(err, "it is damaged: make it again, or fetch it again");
		rc = -1;
	} else {
		rc = read_root(m, root, err);
		if (rc < 0)
			error_wrap(err, "%s", name);
	}
	json_object_put(root);
	json_tokener_free(tokener);
	return rc;
}
