// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernels of a Linux system, and the machine model that the one it boots can drive. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/boot_menu.h"
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
};
const size_t n_linux_drivers = ARRAY_SIZE(linux_drivers);

static int newest_first(const void *a, const void *b)
{
	return strverscmp(((const struct inspected_kernel *)b)->version,
			  ((const struct inspected_kernel *)a)->version);
}

/* The first of these patterns, with %s for the version, that the guest has. */
static char *find_by_version(const struct tree *t, const char *version, const char *const *before,
			     const char *const *after)
{
	for (size_t i = 0; before[i]; i++) {
		CLEANUP_FREE char *path = xasprintf("/boot/%s%s%s", before[i], version, after[i]);
		const struct tree_node *n = tree_find(t, path);

		if (n)
			return xstrdup(n->path);
	}
	return NULL;
}

static void add_kernel(struct inspected_system *sys, const char *version, const char *modules)
{
	static const char *const image_before[] = { "vmlinuz-", "vmlinux-", "bzImage-", "kernel-",
						    NULL };
	static const char *const image_after[] = { "", "", "", "" };
	static const char *const early_before[] = { "initrd.img-", "initramfs-", "initrd-",
						    "initrd-", "initramfs-", NULL };
	static const char *const early_after[] = { "", ".img", ".img", "", "" };
	struct inspected_kernel *k = APPEND(sys->kernels, sys->n_kernels);

	*k = (struct inspected_kernel){
		.version = xstrdup(version),
		.modules = xstrdup(modules),
		.image = find_by_version(&sys->tree, version, image_before, image_after),
		.initramfs = find_by_version(&sys->tree, version, early_before, early_after),
		.early = STRV_INIT,
	};
}

/* "linux /ID/VERSION/linux" in an entry of systemd-boot: a path on the EFI system partition. */
static void take_entry_path(struct inspected_system *sys, const char *text, const char *word,
			    char **ret)
{
	size_t len = strlen(word);

	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		const char *value = p + len + strspn(p + MIN(len, strlen(p)), " \t");

		if (strncmp(p, word, len) != 0 || (p[len] != ' ' && p[len] != '\t'))
			continue;
		free(*ret);
		*ret = xasprintf("%s%.*s", sys->esp, (int)strcspn(value, " \t\r\n"), value);
	}
}

static void read_entries(struct inspected_system *sys)
{
	const struct tree_node *n;

	if (!sys->esp || strcmp(sys->boot_loader, "systemd-boot") != 0)
		return;
	for (size_t i = 0; (n = tree_under(&sys->tree, sys->esp, &i));) {
		if (!n->data || !strstr(n->path, "/loader/entries/"))
			continue;
		for (size_t j = 0; j < sys->n_kernels; j++) {
			struct inspected_kernel *k = &sys->kernels[j];

			if (!strstr(n->data, k->version))
				continue;
			take_entry_path(sys, n->data, "linux", &k->image);
			take_entry_path(sys, n->data, "initrd", &k->initramfs);
		}
	}
}

struct inspected_kernel *linux_default_kernel(const struct inspected_system *sys)
{
	for (size_t i = 0; i < sys->n_kernels; i++)
		if (sys->kernels[i].boots)
			return &sys->kernels[i];
	return NULL;
}

static struct inspected_kernel *kernel_of_image(struct inspected_system *sys, const char *image)
{
	const char *slash = strrchr(image, '/');

	for (size_t i = 0; i < sys->n_kernels; i++) {
		const char *path = sys->kernels[i].image;
		CLEANUP_FREE char *base = path ? path_basename(path) : NULL;

		if (base && strcmp(base, slash ? slash + 1 : image) == 0)
			return &sys->kernels[i];
	}
	return NULL;
}

/* What the boot loader starts by itself, else the newest. */
static void mark_default(struct inspected_system *sys)
{
	const char *text = sys->boot_config ? tree_text(&sys->tree, sys->boot_config) : NULL;
	struct boot_menu menu CLEANUP_BOOT_MENU = BOOT_MENU_INIT;
	const struct boot_entry *entry;
	struct inspected_kernel *k = NULL;

	boot_menu_parse(&menu, sys->boot_loader, text ? text : "");
	entry = boot_menu_default(&menu);
	if (entry && entry->image)
		k = kernel_of_image(sys, entry->image);
	for (size_t i = 0; !k && i < sys->n_kernels; i++)
		if (sys->kernels[i].image)
			k = &sys->kernels[i];
	if (k)
		k->boots = true;
}

void linux_kernels(struct inspected_system *sys)
{
	CLEANUP_FREE char *root = tree_resolve(&sys->tree, "/lib/modules");
	const struct tree_node *n;
	struct strv found CLEANUP_STRV = STRV_INIT;

	for (size_t i = 0; root && (n = tree_under(&sys->tree, root, &i));) {
		const char *version = n->path + strlen(root) + 1, *slash = strchr(version, '/');

		if (slash && strcmp(slash, "/modules.dep") == 0)
			strv_take(&found, xstrndup(version, (size_t)(slash - version)));
	}
	for (size_t i = 0; i < found.n; i++) {
		CLEANUP_FREE char *modules = path_join(root, found.v[i]);

		add_kernel(sys, found.v[i], modules);
	}
	if (sys->n_kernels)
		qsort(sys->kernels, sys->n_kernels, sizeof(*sys->kernels), newest_first);
	read_entries(sys);
	mark_default(sys);
}

void linux_kmod(const struct inspected_system *sys, const struct inspected_kernel *k,
		struct kmod *ret)
{
	CLEANUP_FREE char *dep = path_join(k->modules, "modules.dep");
	CLEANUP_FREE char *builtin = path_join(k->modules, "modules.builtin");
	const char *text = tree_text(&sys->tree, dep);

	kmod_parse(ret, text ? text : "", tree_text(&sys->tree, builtin));
}

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

static bool is_64_bit(const struct inspected_system *sys, const struct inspected_kernel *k)
{
	CLEANUP_FREE char *path = xasprintf("/boot/config-%s", k->version);
	const char *config = tree_text(&sys->tree, path);

	if (config)
		return strstr(config, "\nCONFIG_X86_64=y") || strstr(config, "\nCONFIG_64BIT=y");
	return strstr(k->version, "amd64") || strstr(k->version, "x86_64");
}

static void word_and_clock(struct inspected_system *sys, const struct inspected_kernel *k)
{
	const char *adjtime = tree_text(&sys->tree, "/etc/adjtime");
	CLEANUP_FREE char *rcs = linux_assignment(tree_text(&sys->tree, "/etc/default/rcS"), "UTC");
	CLEANUP_FREE char *clock = linux_assignment(tree_text(&sys->tree, "/etc/sysconfig/clock"),
						    "UTC");

	system_can(sys, DIM_WORD, is_64_bit(sys, k) ? WORD_64 : WORD_32, "kernel %s", k->version);
	if (adjtime && strstr(adjtime, "\nLOCAL"))
		system_can(sys, DIM_CLOCK, RTC_LOCALTIME, "LOCAL in /etc/adjtime");
	else if (rcs && strcmp(rcs, "no") == 0)
		system_can(sys, DIM_CLOCK, RTC_LOCALTIME, "UTC=no in /etc/default/rcS");
	else if (clock && strcasecmp(clock, "false") == 0)
		system_can(sys, DIM_CLOCK, RTC_LOCALTIME, "UTC=false in /etc/sysconfig/clock");
	else
		system_can(sys, DIM_CLOCK, RTC_UTC, "nothing says local time");
}

/* ESP: EFI system partition, by its type in GPT or MBR. */
static bool has_esp(const struct inspection *in)
{
	for (size_t i = 0; i < in->n_filesystems; i++) {
		const char *type = in->filesystems[i].part_type;

		if (type && (strcmp(type, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b") == 0 ||
			     strcmp(type, "0xef") == 0))
			return true;
	}
	return false;
}

static void firmware(const struct inspection *in, struct inspected_system *sys)
{
	for (size_t i = 0; i < in->n_disks; i++)
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
	firmware(in, sys);
	for (size_t i = 0; i < n_linux_drivers; i++)
		try_driver(sys, &kmod, k, &linux_drivers[i]);
	word_and_clock(sys, k);
	system_can(sys, DIM_DISPLAY, DISPLAY_VGA, "text mode needs no driver");
	system_can(sys, DIM_DISPLAY, DISPLAY_CIRRUS, "text mode needs no driver");
	system_can(sys, DIM_INPUT, INPUT_PS2, "every PC kernel has atkbd and i8042");
	system_can(sys, DIM_SERIAL, SERIAL_16550A, "every PC kernel has 8250");
	can_do_without(sys, DIM_NIC, NIC_NONE);
	can_do_without(sys, DIM_DISPLAY, DISPLAY_NONE);
	can_do_without(sys, DIM_INPUT, INPUT_NONE);
	can_do_without(sys, DIM_SERIAL, SERIAL_NONE);
}
