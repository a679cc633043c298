// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernels of a Linux system, and which of them starts by itself. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/boot_menu.h"
#include "lib/linux_facts.h"

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

/* What the configuration calls the drivers that matter here, for kernels before modules.builtin. */
static char *builtin_by_config(const char *config)
{
	static const struct {
		const char *option, *module;
	} options[] = {
		{ "BLK_DEV_PIIX", "piix" }, { "BLK_DEV_IDEDISK", "ide-disk" }, { "IDE_GD", "ide-gd_mod" },
		{ "SCSI_ATA_PIIX", "ata_piix" }, { "ATA_PIIX", "ata_piix" },
		{ "SCSI_SATA_AHCI", "ahci" }, { "SATA_AHCI", "ahci" }, { "BLK_DEV_SD", "sd_mod" },
		{ "SCSI_SYM53C8XX_2", "sym53c8xx" }, { "SCSI_BUSLOGIC", "BusLogic" },
		{ "USB_STORAGE", "usb-storage" }, { "VIRTIO", "virtio" },
		{ "VIRTIO_RING", "virtio_ring" }, { "VIRTIO_PCI", "virtio_pci" },
		{ "VIRTIO_BLK", "virtio_blk" }, { "VIRTIO_NET", "virtio_net" }, { "E1000", "e1000" },
		{ "E1000E", "e1000e" }, { "8139TOO", "8139too" }, { "8139CP", "8139cp" },
		{ "PCNET32", "pcnet32" }, { "E100", "e100" }, { "NE2K_PCI", "ne2k-pci" },
		{ "NE2000", "ne" }, { "TULIP", "tulip" },
	};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		CLEANUP_FREE char *line = xasprintf("\nCONFIG_%s=y", options[i].option);
		const char *at = strstr(config, line);

		if (at && (at[strlen(line)] == '\n' || at[strlen(line)] == '\r'))
			fprintf(out, "kernel/%s.ko\n", options[i].module);
	}
	if (fclose(out) != 0)
		abort();
	return text;
}

void linux_kmod(const struct inspected_system *sys, const struct inspected_kernel *k,
		struct kmod *ret)
{
	CLEANUP_FREE char *dep = path_join(k->modules, "modules.dep");
	CLEANUP_FREE char *builtin = path_join(k->modules, "modules.builtin");
	CLEANUP_FREE char *path = xasprintf("/boot/config-%s", k->version), *by_config = NULL;
	const char *text = tree_text(&sys->tree, dep), *list = tree_text(&sys->tree, builtin);
	const char *config = list ? NULL : tree_text(&sys->tree, path);

	if (config)
		by_config = builtin_by_config(config);
	kmod_parse(ret, text ? text : "", list ? list : by_config);
}
