// SPDX-License-Identifier: GPL-2.0-or-later
/* Drivers of disks in the hive, so that the kernel knows them before plug and play does. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "converters/windows.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"

/* An id in CriticalDeviceDatabase is one key: its backslashes are written otherwise. */
static char *critical_name(const char *id)
{
	char *name = xstrdup(id);

	for (char *c = name; *c; c++)
		*c = *c == '\\' ? '#' : *c;
	return name;
}

int windows_critical(struct windows_edit *e, const char *id, const char *service,
		     const char *class_guid, struct error *err)
{
	CLEANUP_FREE char *name = critical_name(id);
	CLEANUP_FREE char *key = windows_key(e->w, "Control\\CriticalDeviceDatabase\\%s", name);

	if (hive_set_text(&e->system, key, "ClassGUID", REG_SZ, class_guid, err) < 0)
		return -1;
	return hive_set_text(&e->system, key, "Service", REG_SZ, service, err);
}

/* "{4D36E97B-E325-11CE-BFC1-08002BE10318}" as Windows has it in memory */
static bool guid_bytes(const char *text, uint8_t ret[16])
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	uint8_t plain[16];
	size_t n = 0;

	for (const char *c = text; *c; c++) {
		int digit = isdigit((unsigned char)*c) ? *c - '0'
			    : isxdigit((unsigned char)*c) ? (*c | 0x20) - 'a' + 10 : -1;

		if (digit < 0 && !strchr("{}-", *c))
			return false;
		if (digit < 0)
			continue;
		if (n >= 32)
			return false;
		plain[n / 2] = (uint8_t)(n % 2 ? plain[n / 2] << 4 | digit : digit);
		n++;
	}
	for (size_t i = 0; i < 16 && n == 32; i++)
		ret[i] = plain[order[i]];
	return n == 32;
}

struct package {
	char *inf, *label, *configuration, *key;
};

static void clear_package(struct package *p)
{
	free(p->inf);
	free(p->label);
	free(p->configuration);
	free(p->key);
}

static int add_package(struct windows_edit *e, const struct package *p, const char *class_guid,
		       const char *service, struct error *err)
{
	uint8_t version[48] = { 0x00, 0xff, 0x09 };
	CLEANUP_FREE char *files = xasprintf("DriverDatabase\\DriverInfFiles\\%s", p->inf);
	CLEANUP_FREE char *how = xasprintf("%s\\Configurations\\%s", p->key, p->configuration);
	struct strv labels CLEANUP_STRV = STRV_INIT, configurations CLEANUP_STRV = STRV_INIT;
	struct hive *h = &e->system;

	if (!guid_bytes(class_guid, version + 8))
		return error_set(err, ERR_FORMAT, "'%s' is no class of devices", class_guid);
	strv_add(&labels, p->label);
	strv_add(&configurations, p->configuration);
	if (hive_set_list(h, files, "", &labels, err) < 0 ||
	    hive_set_text(h, files, "Active", REG_SZ, p->label, err) < 0 ||
	    hive_set_list(h, files, "Configurations", &configurations, err) < 0 ||
	    hive_set(h, p->key, "Version", REG_BINARY, version, sizeof(version), err) < 0 ||
	    hive_set_number(h, how, "ConfigFlags", 0, err) < 0)
		return -1;
	return hive_set_text(h, how, "Service", REG_SZ, service, err);
}

static int add_to_database(struct windows_edit *e, const struct driver *d, const struct strv *ids,
			   struct error *err)
{
	/* one INF can bring several services, and a package of ours has one */
	CLEANUP_FREE char *inf = xasprintf("rehost_%s.inf", d->service);
	CLEANUP_FREE char *label = xasprintf("%s_%s_0000000000000000", inf, e->w->arch);
	struct package p __attribute__((cleanup(clear_package))) = {
		.key = xasprintf("DriverDatabase\\DriverPackages\\%s", label),
		.configuration = xstrdup("rehost_conf"),
	};

	p.inf = STEAL(inf);
	p.label = STEAL(label);
	if (add_package(e, &p, d->class_guid ? d->class_guid : CLASS_SCSI, d->service, err) < 0)
		return -1;
	for (size_t i = 0; i < ids->n; i++) {
		CLEANUP_FREE char *id = xasprintf("DriverDatabase\\DeviceIds\\%s", ids->v[i]);
		CLEANUP_FREE char *what = xasprintf("%s\\Descriptors\\%s", p.key, ids->v[i]);

		if (hive_set(&e->system, id, p.inf, REG_BINARY, "\x01\xff\0\0", 4, err) < 0 ||
		    hive_set_text(&e->system, what, "Configuration", REG_SZ, p.configuration, err) < 0)
			return -1;
	}
	return 0;
}

static int add_values(struct windows_edit *e, const char *key, const struct driver_values *values,
		      struct error *err)
{
	for (size_t i = 0; i < values->n; i++) {
		const struct driver_value *v = &values->v[i];
		CLEANUP_FREE char *where = *v->subkey ? xasprintf("%s\\%s", key, v->subkey)
						      : xstrdup(key);

		if (hive_set(&e->system, where, v->name, (enum reg_type)v->type, v->data, v->len,
			     err) < 0)
			return -1;
	}
	return 0;
}

static int add_service(struct windows_edit *e, const struct driver *d, struct error *err)
{
	CLEANUP_FREE char *key = windows_key(e->w, "Services\\%s", d->service);
	CLEANUP_FREE char *override = xasprintf("%s\\StartOverride", key);
	CLEANUP_FREE char *image = xasprintf("system32\\drivers\\%s", d->binary);
	struct hive *h = &e->system;

	if (hive_set_number(h, key, "Type", d->type, err) < 0 ||
	    hive_set_number(h, key, "Start", 0, err) < 0 ||
	    hive_set_number(h, key, "ErrorControl", d->error, err) < 0 ||
	    hive_set_text(h, key, "Group", REG_SZ, d->group ? d->group : "SCSI miniport", err) < 0 ||
	    hive_set_text(h, key, "ImagePath", REG_EXPAND_SZ, image, err) < 0 ||
	    hive_drop_key(h, override, err) < 0)
		return -1;
	return add_values(e, key, &d->service_values, err);
}

/*
 * The ids of the INF, and those without subsystem and revision: some hypervisors give virtio devices
 * the subsystem of another maker.
 */
static void all_ids(const struct driver *d, const struct windows_device *device, struct strv *ret)
{
	for (size_t i = 0; i < d->ids.n; i++)
		if (!strv_has(ret, d->ids.v[i]))
			strv_add(ret, d->ids.v[i]);
	for (size_t i = 0; device->ids[i]; i++) {
		bool any = false;

		for (size_t j = 0; j < d->ids.n && !any; j++)
			any = strncasecmp(d->ids.v[j], device->ids[i], strlen(device->ids[i])) == 0;
		if (any && !strv_has(ret, device->ids[i]))
			strv_add(ret, device->ids[i]);
	}
}

static const struct windows_device *disk_of(const struct driver *d)
{
	for (size_t i = 0; i < n_windows_devices; i++) {
		const struct windows_device *device = &windows_devices[i];

		if (device->dim == DIM_DISK && driver_is_for(d, device->ids))
			return device;
	}
	return NULL;
}

int windows_register_driver(struct windows_edit *e, const struct driver *d,
			    const struct windows_device *device, struct error *err)
{
	struct strv ids CLEANUP_STRV = STRV_INIT;

	all_ids(d, device, &ids);
	if (add_service(e, d, err) < 0)
		return -1;
	if (e->w->database)
		return add_to_database(e, d, &ids, err);
	for (size_t i = 0; i < ids.n; i++)
		if (windows_critical(e, ids.v[i], d->service,
				     d->class_guid ? d->class_guid : CLASS_SCSI, err) < 0)
			return -1;
	return 0;
}

/* The file goes where the kernel's loader looks for it: 1, or 0 if it could not be loaded from there. */
static int put_binary(struct windows_edit *e, const struct driver *d, struct error *err)
{
	CLEANUP_FREE char *missing = NULL;

	for (size_t i = 0; i < d->files.n; i++) {
		CLEANUP_FREE char *name = path_basename(d->files.v[i]);
		const struct driver_file *f = driver_set_file(e->offered, d->origin, d->files.v[i]);

		if (strcasecmp(name, d->binary) != 0 || !f)
			continue;
		if (windows_need_imports(e, f->data, f->len, &missing, err) < 0)
			return -1;
		if (missing) {
			report_add(e->notes, FINDING_WARNING, d->name, "it is not made to start with the system: "
				   "it needs '%s', which is not there", missing);
			strv_add(&e->lacking, name);
			return 0;
		}
		windows_put(e, xasprintf("%s/%s", e->w->drivers, d->binary), f->data, f->len,
			    "a driver that the system starts from", d);
		for (char *c = name; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		strv_add(&e->files, name);
		return 1;
	}
	return 0;
}

static void note_started(struct windows_edit *e, const struct driver *d)
{
	for (size_t i = 0; i < n_windows_devices; i++)
		if (windows_devices[i].dim == DIM_DISK && driver_is_for(d, windows_devices[i].ids))
			e->started |= 1u << windows_devices[i].value;
}

int windows_register_drivers(struct windows_edit *e, struct error *err)
{
	for (size_t i = 0; i < e->n_drivers; i++) {
		const struct driver *d = &e->drivers[i];
		const struct windows_device *device = disk_of(d);
		int rc = device ? put_binary(e, d, err) : 0;

		if (rc < 0)
			return -1;
		if (rc == 0)
			continue;
		note_started(e, d);
		if (windows_register_driver(e, d, device, err) < 0)
			return error_wrap(err, "register driver '%s'", d->name);
	}
	return 0;
}
