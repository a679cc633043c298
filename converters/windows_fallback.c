// SPDX-License-Identifier: GPL-2.0-or-later
/* The system's own drivers for emulated disks, made to start whatever the old PC had. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "converters/windows.h"
#include "lib/base/alloc.h"

#define NT(major, minor) ((major) * 256 + (minor))

/* Services that belong together: all of a bus must be there. */
static const struct {
	unsigned int bus, from, before;
	const char *services[4];
} buses[] = {
	{ DISK_IDE, 0, 0, { "intelide", "pciide", "atapi" } },
	{ DISK_AHCI, NT(6, 0), NT(6, 2), { "msahci" } },
	{ DISK_AHCI, NT(6, 2), 0, { "storahci" } },
	{ DISK_NVME, NT(6, 3), 0, { "stornvme" } },
	{ DISK_MEGASAS, NT(6, 0), 0, { "megasas" } },
};

/* How a service of the system looks, for systems that threw it away: Microsoft's article 314082. */
static const struct {
	const char *name, *group;
	uint32_t tag;
} services[] = {
	{ "atapi", "SCSI miniport", 0x19 },
	{ "intelide", "System Bus Extender", 4 },
	{ "pciide", "System Bus Extender", 3 },
};

/* What a machine's disks can be before plug and play knows; before: 8 has a database of its own. */
static const struct {
	const char *id, *service, *class_guid;
	unsigned int from;
} devices[] = {
	{ "gendisk", "disk", CLASS_DISK, 0 },
	{ "primary_ide_channel", "atapi", CLASS_HDC, 0 },
	{ "secondary_ide_channel", "atapi", CLASS_HDC, 0 },
	{ "internal_ide_channel", "atapi", CLASS_HDC, NT(6, 0) },
	{ "*pnp0600", "atapi", CLASS_HDC, 0 },
	{ "PCI\\CC_0101", "pciide", CLASS_HDC, 0 },
	{ "PCI\\VEN_8086&DEV_7010", "intelide", CLASS_HDC, 0 },
	{ "PCI\\VEN_8086&DEV_7111", "intelide", CLASS_HDC, 0 },
	{ "PCI\\CC_0106", "msahci", CLASS_HDC, NT(6, 0) },
	{ "PCI\\VEN_1000&DEV_0060", "megasas", CLASS_SCSI, NT(6, 0) },
};

static bool fits(const struct windows *w, unsigned int from, unsigned int before)
{
	unsigned int v = NT(w->major, w->minor);

	return v >= from && (!before || v < before);
}

static bool has_file(const struct strv *files, const char *service)
{
	CLEANUP_FREE char *name = xasprintf("%s.sys", service);

	return strv_has(files, name);
}

/* Systems before Vista can be given the service; later ones have it, or it was removed on purpose. */
static bool can_start(const struct windows *w, const struct hive *system, const char *service)
{
	CLEANUP_FREE char *key = windows_key(w, "Services\\%s", service);
	bool cab = w->cabinets.n && !windows_is(w, 6, 0);

	return (has_file(&w->files, service) || cab) &&
	       (hive_has(system, key) || !windows_is(w, 6, 0));
}

const char *windows_in_box_bus(const struct windows *w, const struct hive *system, unsigned int bus)
{
	for (size_t i = 0; i < ARRAY_SIZE(buses); i++) {
		bool all = buses[i].bus == bus && fits(w, buses[i].from, buses[i].before);

		for (size_t j = 0; all && buses[i].services[j]; j++)
			all = can_start(w, system, buses[i].services[j]);
		if (all)
			return buses[i].services[0];
	}
	return NULL;
}

bool windows_own_bus(const struct windows *w, const struct hive *system, unsigned int bus)
{
	for (size_t i = 0; i < n_windows_devices; i++) {
		const struct driver *d;
		CLEANUP_FREE char *service = NULL;

		/* IDE takes several services together, see above */
		if (windows_devices[i].dim != DIM_DISK || windows_devices[i].value != bus ||
		    bus == DISK_IDE)
			continue;
		service = windows_own_service(w, system, &windows_devices[i], &d);
		if (service)
			return true;
	}
	return windows_in_box_bus(w, system, bus) != NULL;
}

static int make_service(struct windows_edit *e, const char *key, const char *name, struct error *err)
{
	CLEANUP_FREE char *image = xasprintf("system32\\drivers\\%s.sys", name);
	struct hive *h = &e->system;

	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		if (strcmp(services[i].name, name) != 0)
			continue;
		if (hive_set_number(h, key, "Type", 1, err) < 0 ||
		    hive_set_number(h, key, "ErrorControl", 1, err) < 0 ||
		    hive_set_text(h, key, "Group", REG_SZ, services[i].group, err) < 0 ||
		    hive_set_number(h, key, "Tag", services[i].tag, err) < 0)
			return -1;
		return hive_set_text(h, key, "ImagePath", REG_EXPAND_SZ, image, err);
	}
	return 0;
}

/* A value of its own can hold a service back from 8 on. */
int windows_start_at_boot(struct windows_edit *e, const char *service, struct error *err)
{
	CLEANUP_FREE char *key = windows_key(e->w, "Services\\%s", service);
	CLEANUP_FREE char *override = xasprintf("%s\\StartOverride", key);
	struct hive *h = &e->system;

	if (!hive_has(h, key) && make_service(e, key, service, err) < 0)
		return -1;
	if (hive_set_number(h, key, "Start", 0, err) < 0)
		return -1;
	return hive_drop_key(h, override, err);
}

/* Without its file a driver that is started at boot stops the boot: then it is left as it is. */
static bool is_ready(const struct windows_edit *e, const char *service)
{
	CLEANUP_FREE char *key = windows_key(e->w, "Services\\%s", service);

	return has_file(&e->files, service) && !has_file(&e->lacking, service) &&
	       (hive_has(&e->system, key) || !windows_is(e->w, 6, 0));
}

/* Was what it was fetched for found, and all that it imports? */
static bool is_loadable(const struct windows_edit *e, const struct driver *d, const char *service)
{
	CLEANUP_FREE char *name = d ? xstrdup(d->binary) : xasprintf("%s.sys", service);

	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return strv_has(&e->files, name) && !strv_has(&e->lacking, name);
}

/* Drivers for SCSI and RAID adapters of virtual machines that the system itself has. */
static int own_disks(struct windows_edit *e, struct error *err)
{
	for (size_t i = 0; i < n_windows_devices; i++) {
		const struct windows_device *device = &windows_devices[i];
		const struct driver *d = NULL;
		CLEANUP_FREE char *service = NULL;

		if (device->dim != DIM_DISK || device->value == DISK_IDE)
			continue;
		service = windows_own_service(e->w, &e->system, device, &d);
		if (!service || !is_loadable(e, d, service))
			continue;
		e->started |= 1u << device->value;
		if (d ? windows_register_driver(e, d, device, err) < 0
		      : windows_start_at_boot(e, service, err) < 0)
			return -1;
	}
	return 0;
}

int windows_fallbacks(struct windows_edit *e, struct error *err)
{
	struct strv started CLEANUP_STRV = STRV_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(buses); i++) {
		bool all = fits(e->w, buses[i].from, buses[i].before);

		for (size_t j = 0; all && buses[i].services[j]; j++)
			all = is_ready(e, buses[i].services[j]);
		for (size_t j = 0; all && buses[i].services[j]; j++) {
			if (windows_start_at_boot(e, buses[i].services[j], err) < 0)
				return -1;
			strv_add(&started, buses[i].services[j]);
			e->started |= 1u << buses[i].bus;
		}
	}
	if (own_disks(e, err) < 0)
		return -1;
	strv_add(&started, "disk");
	for (size_t i = 0; !e->w->database && i < ARRAY_SIZE(devices); i++)
		if (fits(e->w, devices[i].from, 0) && strv_has(&started, devices[i].service) &&
		    windows_critical(e, devices[i].id, devices[i].service, devices[i].class_guid,
				     err) < 0)
			return -1;
	return 0;
}

/* What could be added is known for sure only when the files have been looked into. */
int windows_check_disk(const struct windows_edit *e, struct error *err)
{
	const struct negotiation *a = e->conv->answer;
	unsigned int bus = (unsigned int)a->value[DIM_DISK];
	CLEANUP_FREE char *lacking = strv_join(&e->lacking, ", ");

	if (!a->added[DIM_DISK] || e->started & 1u << bus)
		return 0;
	error_set(err, ERR_UNSUPPORTED, "it cannot be made to start from disk %s: of its drivers are missing, or "
		  "without files that they import: %s", model_value_name(DIM_DISK, bus), lacking);
	return error_hint(err, "offer drivers with --drivers, or insist on another disk with --want disk=VALUE");
}
