// SPDX-License-Identifier: GPL-2.0-or-later
/* The machine model that a Windows can drive today, by what its hives start and what it brought. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/driver.h"
#include "lib/windows.h"

#define NT(major, minor) ((major) * 256 + (minor))
#define EVERY 0, 0

/* What emulated and paravirtual devices are called. services: that must start besides. */
const struct windows_device windows_devices[] = {
	{ DIM_DISK, DISK_IDE, { "PCI\\VEN_8086&DEV_7010" }, { "intelide", "atapi" }, EVERY },
	{ DIM_DISK, DISK_IDE, { "PCI\\CC_0101" }, { "pciide", "atapi" }, EVERY },
	{ DIM_DISK, DISK_AHCI, { "PCI\\VEN_8086&DEV_2922", "PCI\\CC_0106", "PCI\\CC_010601" },
	  { "msahci" }, NT(6, 0), NT(6, 2) },
	{ DIM_DISK, DISK_AHCI, { "PCI\\VEN_8086&DEV_2922", "PCI\\CC_0106", "PCI\\CC_010601" },
	  { "storahci" }, NT(6, 2), 0 },
	{ DIM_DISK, DISK_AHCI, { "PCI\\VEN_8086&DEV_2922" }, { NULL }, EVERY },
	{ DIM_DISK, DISK_NVME, { "PCI\\CC_010802", "PCI\\VEN_1B36&DEV_0010" }, { "stornvme" },
	  NT(6, 3), 0 },
	{ DIM_DISK, DISK_VIRTIO_BLK, { "PCI\\VEN_1AF4&DEV_1001", "PCI\\VEN_1AF4&DEV_1042" },
	  { NULL }, EVERY },
	{ DIM_DISK, DISK_VIRTIO_SCSI, { "PCI\\VEN_1AF4&DEV_1004", "PCI\\VEN_1AF4&DEV_1048" },
	  { NULL }, EVERY },
	{ DIM_DISK, DISK_LSI53C895A, { "PCI\\VEN_1000&DEV_0012" }, { NULL }, EVERY },
	{ DIM_DISK, DISK_MEGASAS, { "PCI\\VEN_1000&DEV_0060" }, { NULL }, EVERY },
	{ DIM_NIC, NIC_VIRTIO, { "PCI\\VEN_1AF4&DEV_1000", "PCI\\VEN_1AF4&DEV_1041" }, { NULL },
	  EVERY },
	{ DIM_NIC, NIC_E1000, { "PCI\\VEN_8086&DEV_100E" }, { NULL }, EVERY },
	{ DIM_NIC, NIC_E1000E, { "PCI\\VEN_8086&DEV_10D3" }, { NULL }, EVERY },
	{ DIM_NIC, NIC_RTL8139, { "PCI\\VEN_10EC&DEV_8139" }, { NULL }, EVERY },
	{ DIM_NIC, NIC_PCNET, { "PCI\\VEN_1022&DEV_2000" }, { NULL }, EVERY },
	{ DIM_NIC, NIC_NE2K_PCI, { "PCI\\VEN_10EC&DEV_8029" }, { NULL }, EVERY },
	{ DIM_NIC, NIC_TULIP, { "PCI\\VEN_1011&DEV_0019" }, { NULL }, EVERY },
	{ DIM_NIC, NIC_I82557B, { "PCI\\VEN_8086&DEV_1229" }, { NULL }, EVERY },
	{ DIM_DISPLAY, DISPLAY_CIRRUS, { "PCI\\VEN_1013&DEV_00B8" }, { NULL }, EVERY },
	{ DIM_DISPLAY, DISPLAY_VIRTIO_GPU, { "PCI\\VEN_1AF4&DEV_1050" }, { NULL }, EVERY },
	{ DIM_INPUT, INPUT_USB, { "PCI\\VEN_8086&DEV_7020", "PCI\\CC_0C0300" }, { NULL }, EVERY },
};
const size_t n_windows_devices = ARRAY_SIZE(windows_devices);

const char *windows_in_box(const struct windows *w, const char *const *ids)
{
	for (size_t i = 0; i < w->in_box.n; i++) {
		const char *space = strchr(w->in_box.v[i], ' ');

		for (size_t j = 0; ids[j]; j++)
			if (space && strlen(ids[j]) == (size_t)(space - w->in_box.v[i]) &&
			    strncasecmp(w->in_box.v[i], ids[j], strlen(ids[j])) == 0)
				return space + 1;
	}
	return NULL;
}

/* From 8 on a second value can keep a service from starting: 0 starts it, 3 does not. */
bool windows_starts(const struct windows *w, const struct hive *h, const char *service)
{
	CLEANUP_FREE char *key = windows_key(w, "Services\\%s", service);
	CLEANUP_FREE char *override = windows_key(w, "Services\\%s\\StartOverride", service);
	CLEANUP_FREE char *image = hive_text(h, key, "ImagePath"), *name = NULL;
	const char *slash = image ? strrchr(image, '\\') : NULL;

	if (hive_number(h, key, "Start", 4) != 0 || hive_number(h, override, "0", 0) != 0)
		return false;
	name = slash ? xstrdup(slash + 1) : xasprintf("%s.sys", service);
	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return windows_has_file(w, name);
}

/* The service that DriverDatabase gives a device of this exact id. */
static char *database_service(const struct hive *h, const char *id)
{
	CLEANUP_FREE char *ids = xasprintf("DriverDatabase\\DeviceIds\\%s", id);
	struct strv infs CLEANUP_STRV = STRV_INIT;

	hive_values(h, ids, &infs);
	for (size_t i = 0; i < infs.n; i++) {
		CLEANUP_FREE char *files = xasprintf("DriverDatabase\\DriverInfFiles\\%s", infs.v[i]);
		CLEANUP_FREE char *label = hive_text(h, files, "Active");
		CLEANUP_FREE char *package = xasprintf("DriverDatabase\\DriverPackages\\%s",
						       label ? label : "");
		CLEANUP_FREE char *about = xasprintf("%s\\Descriptors\\%s", package, id);
		CLEANUP_FREE char *configuration = hive_text(h, about, "Configuration");
		CLEANUP_FREE char *how = xasprintf("%s\\Configurations\\%s", package,
						   configuration ? configuration : "");
		char *service = label && configuration ? hive_text(h, how, "Service") : NULL;

		if (service)
			return service;
	}
	return NULL;
}

/* The service that CriticalDeviceDatabase gives a device of this exact id. */
static char *critical_service(const struct windows *w, const struct hive *h, const char *id)
{
	CLEANUP_FREE char *name = xstrdup(id), *key = NULL;

	for (char *c = name; *c; c++)
		*c = *c == '\\' ? '#' : *c;
	key = windows_key(w, "Control\\CriticalDeviceDatabase\\%s", name);
	return hive_text(h, key, "Service");
}

static char *early_service(const struct windows *w, const struct hive *h, const char *id)
{
	return w->database ? database_service(h, id) : critical_service(w, h, id);
}

bool windows_is_critical(const struct windows *w, const struct hive *h, const char *const *ids,
			 const char *service)
{
	for (size_t i = 0; ids[i]; i++) {
		CLEANUP_FREE char *found = early_service(w, h, ids[i]);

		if (found && (!service || strcasecmp(found, service) == 0))
			return true;
	}
	return false;
}

void windows_note_inf(struct windows *w, const char *name, const void *data, size_t len)
{
	const struct driver_system who = { w->arch, w->major, w->minor, w->build, w->server, w->sha2 };
	struct inf inf CLEANUP_INF = INF_INIT;

	if (inf_parse(&inf, name, data, len, NULL) < 0)
		return;
	for (size_t i = 0; i < n_windows_devices; i++) {
		const struct windows_device *d = &windows_devices[i];
		struct driver found = DRIVER_INIT;

		for (size_t j = 0; d->ids[j]; j++) {
			const char *id[] = { d->ids[j], NULL };

			if (inf_serves(&inf, &who, id))
				strv_addf(&w->in_box, "%s %s", id[0], name);
		}
		if (d->dim != DIM_DISK || driver_from_inf(&inf, name, &who, d->ids, &found, NULL) != 1)
			continue;
		if (found.service && found.binary)
			*APPEND(w->disks, w->n_disks) = found;
		else
			driver_clear(&found);
	}
}

static bool has_driver_file(const struct windows *w, const char *binary)
{
	CLEANUP_FREE char *name = xstrdup(binary);

	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return windows_has_file(w, name);
}

/* Systems before Vista keep what they do not use in cabinets, from where it is fetched. */
static bool can_have_file(const struct windows *w, const char *binary)
{
	return has_driver_file(w, binary) || (w->cabinets.n && !windows_is(w, 6, 0));
}

/* From its DriverDatabase, else from its INF files; its file must be there, or in a cabinet. */
char *windows_own_service(const struct windows *w, const struct hive *h,
			  const struct windows_device *d, const struct driver **ret_driver)
{
	*ret_driver = NULL;
	for (size_t i = 0; w->database && d->ids[i]; i++) {
		char *service = database_service(h, d->ids[i]);
		CLEANUP_FREE char *file = service ? xasprintf("%s.sys", service) : NULL;

		if (service && has_driver_file(w, file))
			return service;
		free(service);
	}
	for (size_t i = 0; i < w->n_disks; i++)
		for (size_t j = 0; d->ids[j]; j++)
			for (size_t k = 0; k < w->disks[i].ids.n; k++)
				if (strncasecmp(w->disks[i].ids.v[k], d->ids[j], strlen(d->ids[j])) == 0 &&
				    can_have_file(w, w->disks[i].binary)) {
					*ret_driver = &w->disks[i];
					return xstrdup(w->disks[i].service);
				}
	return NULL;
}

static void try_disk(struct inspected_system *sys, const struct hive *h,
		     const struct windows_device *d)
{
	const struct windows *w = sys->windows;

	for (size_t i = 0; d->ids[i]; i++) {
		CLEANUP_FREE char *service = early_service(w, h, d->ids[i]);
		bool all = service && windows_starts(w, h, service);

		for (size_t j = 1; all && d->services[0] && d->services[j]; j++)
			all = windows_starts(w, h, d->services[j]);
		if (all)
			system_can(sys, d->dim, d->value, "%s starts %s for %s, its file is there",
				   w->control_set, service, d->ids[i]);
	}
}

static void try_other(struct inspected_system *sys, const struct hive *h,
		      const struct windows_device *d)
{
	const struct windows *w = sys->windows;
	const char *inf = windows_in_box(w, d->ids);

	if (inf)
		system_can(sys, d->dim, d->value, "%s in %s", d->ids[0], inf);
	for (size_t i = 0; w->database && d->ids[i]; i++) {
		CLEANUP_FREE char *key = xasprintf("DriverDatabase\\DeviceIds\\%s", d->ids[i]);
		struct strv infs CLEANUP_STRV = STRV_INIT;

		hive_values(h, key, &infs);
		if (infs.n)
			system_can(sys, d->dim, d->value, "%s in its DriverDatabase, %s", d->ids[i],
				   infs.v[0]);
	}
}

static void firmware(const struct inspection *in, struct inspected_system *sys)
{
	const struct windows *w = sys->windows;
	const struct inspected_fs *fs = inspection_fs(in, sys->root);
	const char *table = fs && fs->disk >= 0 ? in->disks[fs->disk].table : "none";

	if (w->esp && strcmp(w->arch, "amd64") == 0)
		system_can(sys, DIM_FIRMWARE, FIRMWARE_UEFI,
			   "its boot manager is on the EFI system partition %s", w->esp);
	else if (w->esp)
		report_add(&sys->findings, FINDING_WARNING, w->esp,
			   "it starts from UEFI of 32 bit, which no target has");
	/* GPT disks are started by UEFI alone */
	if (strcmp(table, "gpt") != 0 && sys->boot_loader)
		system_can(sys, DIM_FIRMWARE, FIRMWARE_BIOS, "%s in %s", sys->boot_loader,
			   sys->boot_config ? sys->boot_config : sys->root);
}

static void can_do_without(struct inspected_system *sys, enum model_dim dim, unsigned int value)
{
	enum { LAST_RESORT = 100 };

	system_can(sys, dim, value, "can do without");
	sys->can_drive.cost[dim][value] = LAST_RESORT;
}

void windows_model(const struct inspection *in, struct inspected_system *sys)
{
	const struct windows *w = sys->windows;
	struct hive h CLEANUP_HIVE = HIVE_INIT;

	if (hive_open(&h, "SYSTEM", w->system.data, w->system.len, HIVE_READ, NULL) < 0)
		return;
	firmware(in, sys);
	for (size_t i = 0; i < n_windows_devices; i++) {
		const struct windows_device *d = &windows_devices[i];

		if (d->dim == DIM_DISK)
			try_disk(sys, &h, d);
		else
			try_other(sys, &h, d);
	}
	system_can(sys, DIM_WORD, strcmp(w->arch, "amd64") == 0 ? WORD_64 : WORD_32,
		   "PROCESSOR_ARCHITECTURE is %s", w->arch);
	system_can(sys, DIM_CLOCK, w->utc ? RTC_UTC : RTC_LOCALTIME, "RealTimeIsUniversal is %s",
		   w->utc ? "set" : "not set");
	system_can(sys, DIM_DISPLAY, DISPLAY_VGA, "every Windows has a driver for plain VGA");
	system_can(sys, DIM_INPUT, INPUT_PS2, "every Windows on a PC has i8042prt");
	system_can(sys, DIM_SERIAL, SERIAL_16550A, "every Windows on a PC has serial.sys");
	can_do_without(sys, DIM_NIC, NIC_NONE);
	can_do_without(sys, DIM_DISPLAY, DISPLAY_NONE);
	can_do_without(sys, DIM_INPUT, INPUT_NONE);
	can_do_without(sys, DIM_SERIAL, SERIAL_NONE);
}
