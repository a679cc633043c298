// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: what is read from a Linux guest's files on this machine. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/linux.h"
#include "lib/base/alloc.h"
#include "lib/boot_menu.h"
#include "lib/initramfs.h"
#include "lib/kmod.h"
#include "lib/linux_facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_initramfs(const char *data, size_t len)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct tree t CLEANUP_TREE = TREE_INIT;
	const char *compression;

	if (initramfs_read(data, len, &t, &compression, &err) == 0)
		free(tree_resolve(&t, "/lib/modules/../x"));
}

static void try_modules(const char *text)
{
	struct kmod k CLEANUP_KMOD = KMOD_INIT;
	struct strv names CLEANUP_STRV = STRV_INIT;
	size_t len;

	kmod_parse(&k, text, text);
	for (size_t i = 0; i < k.n_modules; i++)
		kmod_closure(&k, k.modules[i].name, &names);
	free(kmod_filter(text, &names));
	free(kmod_index(KMOD_INDEX_DEP, text, &len));
	free(kmod_index(KMOD_INDEX_ALIAS, text, &len));
}

static void try_menus(const char *text)
{
	static const char *const loaders[] = { "grub2", "grub-legacy", "extlinux" };

	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++) {
		struct boot_menu m CLEANUP_BOOT_MENU = BOOT_MENU_INIT;
		const struct boot_entry *e;

		boot_menu_parse(&m, loaders[i], text);
		e = boot_menu_default(&m);
		if (e)
			free(boot_menu_choose(loaders[i], text, e));
	}
}

/* The same text as every file that is edited. */
static void try_settings(const char *text)
{
	static const char *const files[] = {
		"/etc/fstab", "/etc/crypttab", "/etc/network/interfaces", "/etc/default/grub",
		"/etc/netplan/a.yaml", "/etc/systemd/network/a.network", "/boot/grub/menu.lst",
		"/etc/sysconfig/network/ifcfg-eth0", "/etc/NetworkManager/system-connections/a",
		"/etc/udev/rules.d/70-persistent-net.rules", "/etc/inittab", "/etc/modprobe.conf",
		"/etc/sysconfig/kernel", "/etc/os-release",
	};
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct inspection in CLEANUP_INSPECTION = INSPECTION_INIT;
	struct inspected_system *sys = APPEND(in.systems, in.n_systems);
	const struct negotiation answer = { .value = { [DIM_DISK] = DISK_VIRTIO_BLK } };
	const struct machine machine = MACHINE_INIT;
	struct conversion conv = { .in = &in, .sys = sys, .name = "fuzz", .machine = &machine,
				   .answer = &answer, .console = true };

	sys->tree = (struct tree)TREE_INIT;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		tree_take(&sys->tree, files[i], xstrdup(text), strlen(text), 0644);
	linux_mounts(&in, sys);
	linux_identity(sys);
	linux_boot_loader(sys);
	linux_kernels(sys);
	linux_network(sys);
	linux_edit_settings(&conv, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *text = xstrndup((const char *)data, size);

	try_initramfs((const char *)data, size);
	free(kmod_version(data, size));
	try_modules(text);
	try_menus(text);
	try_settings(text);
	return 0;
}
