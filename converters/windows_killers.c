// SPDX-License-Identifier: GPL-2.0-or-later
/* What kept moved systems from starting: drivers and filters of hardware that stayed behind. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "converters/windows.h"
#include "lib/base/alloc.h"

enum { DISABLED = 4 };

/* Services that stop or slow a system on other hardware, and why. */
static const struct {
	const char *name, *why;
	unsigned int before;	/* major version from which on it is harmless, 0: never */
} unwanted[] = {
	{ "intelppm", "drives the old PC's processor and stops on another", 6 },
	{ "processor", "drives the old PC's processor and stops on another", 6 },
	{ "p3", "drives the old PC's processor and stops on another", 6 },
	{ "amdk6", "drives the old PC's processor and stops on another", 6 },
	{ "amdk7", "drives the old PC's processor and stops on another", 6 },
	{ "amdk8", "drives the old PC's processor and stops on another", 6 },
	{ "crusoe", "drives the old PC's processor and stops on another", 6 },
	{ "gagp30kx", "drives the old PC's AGP port", 6 },
	{ "rhelscsi", "belongs to another hypervisor", 0 },
	{ "rhelnet", "belongs to another hypervisor", 0 },
	{ "xenevtchn", "belongs to another hypervisor", 0 },
	{ "xenvbd", "belongs to another hypervisor", 0 },
	{ "vmci", "belongs to another hypervisor", 0 },
	{ "vmx_svga", "belongs to another hypervisor", 0 },
	{ "vmxnet", "belongs to another hypervisor", 0 },
	{ "vmmemctl", "belongs to another hypervisor", 0 },
	{ "vmhgfs", "belongs to another hypervisor", 0 },
	{ "vmtools", "belongs to another hypervisor", 0 },
	{ "vboxguest", "belongs to another hypervisor", 0 },
	{ "vboxservice", "belongs to another hypervisor", 0 },
	{ "vboxsf", "belongs to another hypervisor", 0 },
	{ "prl_boot", "belongs to another hypervisor", 0 },
	{ "prl_dd", "belongs to another hypervisor", 0 },
	{ "prl_eth5", "belongs to another hypervisor", 0 },
	{ "prl_fs", "belongs to another hypervisor", 0 },
	{ "prl_memdev", "belongs to another hypervisor", 0 },
	{ "prl_mouf", "belongs to another hypervisor", 0 },
	{ "prl_pv32", "belongs to another hypervisor", 0 },
	{ "prl_pv64", "belongs to another hypervisor", 0 },
	{ "prl_scsi", "belongs to another hypervisor", 0 },
	{ "prl_sound", "belongs to another hypervisor", 0 },
	{ "prl_strg", "belongs to another hypervisor", 0 },
	{ "prl_tg", "belongs to another hypervisor", 0 },
	{ "prl_time", "belongs to another hypervisor", 0 },
	{ "prl_uprof", "belongs to another hypervisor", 0 },
	{ "prl_va", "belongs to another hypervisor", 0 },
	{ "cpqasm2", "is a maker's tool for the old PC's hardware", 0 },
	{ "cpqcissm", "is a maker's tool for the old PC's hardware", 0 },
	{ "hpqilo2", "is a maker's tool for the old PC's hardware", 0 },
	{ "dcdbas", "is a maker's tool for the old PC's hardware", 0 },
	{ "asio", "is a maker's tool for the old PC's hardware", 0 },
	{ "gdrv", "is a maker's tool for the old PC's hardware", 0 },
	{ "speedfan", "is a maker's tool for the old PC's hardware", 0 },
};

/* Filters of RAID drivers and hypervisors that have nothing to filter any more. */
static const char *const unwanted_filters[] = {
	"iastorf", "iastorb", "iastora", "prl_strg", "vmstor", "hpdskflt", "accfilter", "nvraid",
	"amd_xata", "rhelfltr", "xenfilt",
};

static int disable_services(struct windows_edit *e, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(unwanted); i++) {
		CLEANUP_FREE char *key = windows_key(e->w, "Services\\%s", unwanted[i].name);

		if ((unwanted[i].before && e->w->major >= unwanted[i].before) ||
		    hive_number(&e->system, key, "Start", DISABLED) == DISABLED)
			continue;
		if (hive_set_number(&e->system, key, "Start", DISABLED, err) < 0)
			return -1;
		report_add(e->notes, FINDING_NOTE, unwanted[i].name,
			   "the service %s: it is not started any more", unwanted[i].why);
	}
	return 0;
}

/* The name of a driver's file, in lower case, if it lies in the folder of drivers; NULL: elsewhere */
static char *file_of(const char *service, const char *image)
{
	static const char folder[] = "system32\\drivers\\";
	CLEANUP_FREE char *path = image ? xstrdup(image) : xasprintf("%s%s.sys", folder, service);
	const char *name;

	for (char *c = path; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	name = strstr(path, folder);
	name = name ? name + strlen(folder) : NULL;
	return name && !strchr(name, '\\') ? xstrdup(name) : NULL;
}

/* Security programs filter disks from a folder of their own, where nobody looked. */
static bool lies_elsewhere(struct windows_edit *e, const char *filter, const char *image)
{
	CLEANUP_FREE char *name = file_of(filter, image);

	if (name)
		return false;
	report_remedy(report_add(e->notes, FINDING_WARNING, filter,
				 "a filter of disks whose file is not where drivers are, %s: it is left in",
				 image ? image : filter),
		      "remove the program on the old PC and capture it again if the guest does not start");
	return true;
}

/* A filter whose service or file is not there stops the device, and with the disk the boot. */
static const char *why_unwanted(struct windows_edit *e, const char *filter)
{
	CLEANUP_FREE char *key = windows_key(e->w, "Services\\%s", filter), *name = NULL;
	CLEANUP_FREE char *image = hive_text(&e->system, key, "ImagePath");

	for (size_t i = 0; i < ARRAY_SIZE(unwanted_filters); i++)
		if (strcasecmp(filter, unwanted_filters[i]) == 0)
			return "belongs to hardware that stayed behind";
	if (!hive_has(&e->system, key))
		return "has no service";
	if (lies_elsewhere(e, filter, image))
		return NULL;
	name = file_of(filter, image);
	return strv_has(&e->files, name) ? NULL : "has no file";
}

static int clean_filters(struct windows_edit *e, const char *class_guid, const char *value,
			 struct error *err)
{
	CLEANUP_FREE char *key = windows_key(e->w, "Control\\Class\\%s", class_guid);
	struct strv filters CLEANUP_STRV = STRV_INIT, kept CLEANUP_STRV = STRV_INIT;

	hive_list(&e->system, key, value, &filters);
	for (size_t i = 0; i < filters.n; i++) {
		const char *why = why_unwanted(e, filters.v[i]);

		if (why)
			report_add(e->notes, FINDING_NOTE, filters.v[i],
				   "the filter in %s of %s %s: it is taken out", value, class_guid, why);
		else
			strv_add(&kept, filters.v[i]);
	}
	if (kept.n == filters.n)
		return 0;
	if (!kept.n)
		return hive_drop_value(&e->system, key, value, err);
	return hive_set_list(&e->system, key, value, &kept, err);
}

/* A stop code that flashes by helps nobody. */
static int show_stop_codes(struct windows_edit *e, struct error *err)
{
	CLEANUP_FREE char *key = windows_key(e->w, "Control\\CrashControl");

	if (!hive_has(&e->system, key))
		return 0;
	return hive_set_number(&e->system, key, "AutoReboot", 0, err);
}

/* A machine that is switched off by Fast Startup holds a kernel for yesterday's devices. */
static int no_fast_startup(struct windows_edit *e, struct error *err)
{
	CLEANUP_FREE char *key = windows_key(e->w, "Control\\Session Manager\\Power");

	if (!windows_is(e->w, 6, 2) || !hive_has(&e->system, key))
		return 0;
	return hive_set_number(&e->system, key, "HiberbootEnabled", 0, err);
}

/* A policy against new devices would be one against all devices of the new machine. */
static int allow_devices(struct windows_edit *e, struct error *err)
{
	static const char key[] = "Policies\\Microsoft\\Windows\\DeviceInstall\\Restrictions";
	struct strv values CLEANUP_STRV = STRV_INIT;

	hive_values(&e->software, key, &values);
	if (!values.n)
		return 0;
	for (size_t i = 0; i < values.n; i++)
		if (strncasecmp(values.v[i], "Deny", 4) == 0 &&
		    hive_number(&e->software, key, values.v[i], 0) != 0) {
			if (hive_set_number(&e->software, key, values.v[i], 0, err) < 0)
				return -1;
			report_add(e->notes, FINDING_WARNING, values.v[i],
				   "a policy forbade new devices: it is switched off, a domain may "
				   "switch it on again");
		}
	return 0;
}

/* The HAL is for the kind of board that the old PC had. */
static void tell_hal(const struct windows_edit *e)
{
	const char *hal = e->w->hal;
	size_t len = hal ? strlen(hal) : 0;

	if (!hal || windows_is(e->w, 6, 0))
		return;
	if (strncasecmp(hal, "acpi", 4) != 0)
		report_remedy(report_add(e->notes, FINDING_WARNING, hal,
					 "the HAL is one without ACPI: the power button does nothing, "
					 "and plug and play finds devices in its own order"),
			      "stop the guest from inside; do not change the HAL");
	else if (len > 3 && strcasecmp(hal + len - 3, "_up") == 0)
		report_add(e->notes, FINDING_NOTE, hal,
			   "the HAL is one for a single processor: more are not used");
}

int windows_killers(struct windows_edit *e, struct error *err)
{
	static const char *const classes[] = { CLASS_DISK, CLASS_CDROM, CLASS_HDC, CLASS_SCSI,
					       CLASS_VOLUME };

	if (disable_services(e, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (clean_filters(e, classes[i], "UpperFilters", err) < 0 ||
		    clean_filters(e, classes[i], "LowerFilters", err) < 0)
			return -1;
	tell_hal(e);
	if (show_stop_codes(e, err) < 0 || no_fast_startup(e, err) < 0)
		return -1;
	return allow_devices(e, err);
}
