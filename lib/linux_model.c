// SPDX-License-Identifier: GPL-2.0-or-later
/* The machine model that a Linux system can drive today, by the drivers of the kernel that starts. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/linux_facts.h"

/* Names of the emulated devices' drivers, from kernel 2.4 to today. */
const struct linux_driver linux_drivers[] = {
	{ DIM_DISK, DISK_IDE, { "ata_piix", "sd_mod" } },
	{ DIM_DISK, DISK_IDE, { "piix", "ide_gd_mod" } },
	{ DIM_DISK, DISK_IDE, { "piix", "ide_disk" } },
	{ DIM_DISK, DISK_AHCI, { "ahci", "sd_mod" } },
	{ DIM_DISK, DISK_VIRTIO_BLK, { "virtio_pci", "virtio_blk" } },
	{ DIM_DISK, DISK_VIRTIO_SCSI, { "virtio_pci", "virtio_scsi", "sd_mod" } },
	{ DIM_DISK, DISK_NVME, { "nvme" } },
	{ DIM_DISK, DISK_LSI53C895A, { "sym53c8xx", "sd_mod" } },
	{ DIM_DISK, DISK_BUSLOGIC, { "BusLogic", "sd_mod" } },
	{ DIM_DISK, DISK_MEGASAS, { "megaraid_sas", "sd_mod" } },
	{ DIM_DISK, DISK_USB, { "usb_storage", "xhci_pci", "sd_mod" } },
	{ DIM_DISK, DISK_USB, { "usb_storage", "xhci_hcd", "sd_mod" } },
	{ DIM_DISK, DISK_XEN, { "xen_blkfront" } },
	{ DIM_NIC, NIC_VIRTIO, { "virtio_pci", "virtio_net" } },
	{ DIM_NIC, NIC_E1000, { "e1000" } },
	{ DIM_NIC, NIC_E1000E, { "e1000e" } },
	{ DIM_NIC, NIC_RTL8139, { "8139cp" } },
	{ DIM_NIC, NIC_RTL8139, { "8139too" } },
	{ DIM_NIC, NIC_PCNET, { "pcnet32" } },
	{ DIM_NIC, NIC_NE2K_PCI, { "ne2k_pci" } },
	{ DIM_NIC, NIC_NE2K_ISA, { "ne" } },
	{ DIM_NIC, NIC_TULIP, { "tulip" } },
	{ DIM_NIC, NIC_I82557B, { "e100" } },
	{ DIM_NIC, NIC_XEN, { "xen_netfront" } },
	{ DIM_DISPLAY, DISPLAY_VIRTIO_GPU, { "virtio_pci", "virtio_gpu" } },
	{ DIM_INPUT, INPUT_USB, { "usbhid" } },
	{ DIM_SERIAL, SERIAL_VIRTIO, { "virtio_pci", "virtio_console" } },
	{ DIM_SERIAL, SERIAL_PL011, { "amba_pl011" } },
};
const size_t n_linux_drivers = ARRAY_SIZE(linux_drivers);

/* Where a driver is, in words; NULL if it is not where this device needs it. */
static char *where(const struct kmod *kmod, const struct inspected_kernel *k, const char *name,
		   bool early)
{
	const struct kmod_module *m = kmod_find(kmod, name);

	if (kmod_is_builtin(kmod, name))
		return xasprintf("%s in the kernel %s itself", name, k->version);
	if (strv_has(&k->early, name))
		return xasprintf("%s in %s", name, k->initramfs);
	if (early || !m)
		return NULL;
	return xasprintf("%s/%s", k->modules, m->path);
}

static void try_driver(struct inspected_system *sys, const struct kmod *kmod,
		       const struct inspected_kernel *k, const struct linux_driver *d)
{
	struct strv all CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *evidence = NULL;

	for (size_t i = 0; d->modules[i]; i++) {
		char *text = where(kmod, k, d->modules[i], d->dim == DIM_DISK);

		if (!text)
			return;
		strv_take(&all, text);
	}
	evidence = strv_join(&all, ", ");
	system_can(sys, d->dim, d->value, "%s", evidence);
}

/* By the kernel's own configuration, else by its name. */
static enum word word_of(const struct inspected_system *sys, const struct inspected_kernel *k)
{
	CLEANUP_FREE char *path = xasprintf("/boot/config-%s", k->version);
	const char *config = tree_text(&sys->tree, path);

	if (config)
		return strstr(config, "\nCONFIG_ARM64=y") ? WORD_ARM64
		       : strstr(config, "\nCONFIG_X86_64=y") || strstr(config, "\nCONFIG_64BIT=y")
			       ? WORD_64 : WORD_32;
	if (strstr(k->version, "arm64") || strstr(k->version, "aarch64"))
		return WORD_ARM64;
	return strstr(k->version, "amd64") || strstr(k->version, "x86_64") ? WORD_64 : WORD_32;
}

static void word_and_clock(struct inspected_system *sys, const struct inspected_kernel *k)
{
	const char *adjtime = tree_text(&sys->tree, "/etc/adjtime");
	CLEANUP_FREE char *rcs = linux_assignment(tree_text(&sys->tree, "/etc/default/rcS"), "UTC");
	CLEANUP_FREE char *clock = linux_assignment(tree_text(&sys->tree, "/etc/sysconfig/clock"),
						    "UTC");

	system_can(sys, DIM_WORD, word_of(sys, k), "kernel %s", k->version);
	if (adjtime && strstr(adjtime, "\nLOCAL"))
		system_can(sys, DIM_CLOCK, RTC_LOCALTIME, "LOCAL in /etc/adjtime");
	else if (rcs && strcmp(rcs, "no") == 0)
		system_can(sys, DIM_CLOCK, RTC_LOCALTIME, "UTC=no in /etc/default/rcS");
	else if (clock && strcasecmp(clock, "false") == 0)
		system_can(sys, DIM_CLOCK, RTC_LOCALTIME, "UTC=false in /etc/sysconfig/clock");
	else if (adjtime && strstr(adjtime, "\nUTC"))
		system_can(sys, DIM_CLOCK, RTC_UTC, "UTC in /etc/adjtime");
	else
		sys->clock_by_default = true;
	if (sys->clock_by_default)
		system_can(sys, DIM_CLOCK, RTC_UTC, "nothing says local time");
}

/* virtio 1.0 came with kernel 4.0; what distributions took back into older ones is not counted on. */
static bool has_old_virtio(const struct inspected_kernel *k)
{
	return k->version[0] < '4' && k->version[0] >= '0' && k->version[1] == '.';
}

static bool has_esp(const struct inspection *in)
{
	for (size_t i = 0; i < in->n_filesystems; i++)
		if (inspected_fs_is_efi(&in->filesystems[i]))
			return true;
	return false;
}

static void firmware(const struct inspection *in, struct inspected_system *sys)
{
	/* code in sector 0 is for a PC */
	for (size_t i = 0; i < in->n_disks && !model_has(&sys->can_drive, DIM_WORD, WORD_ARM64); i++)
		if (strcmp(in->disks[i].boot_code, "none") != 0)
			system_can(sys, DIM_FIRMWARE, FIRMWARE_BIOS, "%s in sector 0 of disk %zu",
				   in->disks[i].boot_code, i);
	if (has_esp(in))
		system_can(sys, DIM_FIRMWARE, FIRMWARE_UEFI, "an EFI system partition");
}

/* It lives without, but loses something: never the first choice. */
static void can_do_without(struct inspected_system *sys, enum model_dim dim, unsigned int value)
{
	enum { LAST_RESORT = 100 };

	system_can(sys, dim, value, "can do without");
	sys->can_drive.cost[dim][value] = LAST_RESORT;
}

static void parts_of_a_pc(struct inspected_system *sys)
{
	system_can(sys, DIM_DISPLAY, DISPLAY_VGA, "text mode needs no driver");
	system_can(sys, DIM_DISPLAY, DISPLAY_CIRRUS, "text mode needs no driver");
	system_can(sys, DIM_INPUT, INPUT_PS2, "every PC kernel has atkbd and i8042");
	system_can(sys, DIM_SERIAL, SERIAL_16550A, "every PC kernel has 8250");
}

void linux_model(const struct inspection *in, struct inspected_system *sys)
{
	const struct inspected_kernel *k = linux_default_kernel(sys);
	struct kmod kmod CLEANUP_KMOD = KMOD_INIT;

	if (!k) {
		report_add(&sys->findings, FINDING_ERROR, "/boot",
			   "no kernel whose modules are in /lib/modules was found");
		return;
	}
	linux_kmod(sys, k, &kmod);
	word_and_clock(sys, k);
	firmware(in, sys);
	for (size_t i = 0; i < n_linux_drivers; i++)
		try_driver(sys, &kmod, k, &linux_drivers[i]);
	sys->can_drive.virtio0 = has_old_virtio(k);
	if (!model_has(&sys->can_drive, DIM_WORD, WORD_ARM64))
		parts_of_a_pc(sys);
	can_do_without(sys, DIM_NIC, NIC_NONE);
	can_do_without(sys, DIM_DISPLAY, DISPLAY_NONE);
	can_do_without(sys, DIM_INPUT, INPUT_NONE);
	can_do_without(sys, DIM_SERIAL, SERIAL_NONE);
}
