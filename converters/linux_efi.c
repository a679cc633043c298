// SPDX-License-Identifier: GPL-2.0-or-later
/* UEFI: a boot loader under the name that firmware without settings looks for. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "converters/linux.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"

/* What a distribution's folder may hold, best first: shim loads the GRUB that lies beside it. */
static const struct {
	const char *name, *fallback;
	bool arm;
} loaders[] = {
	{ "shimx64.efi", "BOOTX64.EFI", false },
	{ "grubx64.efi", "BOOTX64.EFI", false },
	{ "systemd-bootx64.efi", "BOOTX64.EFI", false },
	{ "grubia32.efi", "BOOTIA32.EFI", false },
	{ "systemd-bootia32.efi", "BOOTIA32.EFI", false },
	{ "shimaa64.efi", "BOOTAA64.EFI", true },
	{ "grubaa64.efi", "BOOTAA64.EFI", true },
	{ "systemd-bootaa64.efi", "BOOTAA64.EFI", true },
};

/* FAT knows no case, our tree does. */
static const struct tree_node *find_below(const struct conversion *conv, const char *folder,
					  const char *name)
{
	size_t len = strlen(folder);
	const struct tree_node *n;

	for (size_t i = 0; (n = tree_under(&conv->sys->tree, conv->sys->esp, &i));) {
		const char *slash = strrchr(n->path, '/');

		if (strcasecmp(slash + 1, name) == 0 && (size_t)(slash - n->path) >= len &&
		    (!*folder || strncasecmp(slash - len, folder, len) == 0))
			return n;
	}
	return NULL;
}

/* shim wants the GRUB beside itself, and its own key manager. */
static int copy_beside(struct conversion *conv, const char *loader, const char *boot,
		       struct guest *ret, struct error *err)
{
	static const char *const names[] = { "grubx64.efi", "mmx64.efi", "grubaa64.efi", "mmaa64.efi" };
	CLEANUP_FREE char *dir = path_dirname(loader);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		CLEANUP_FREE char *from = path_join(dir, names[i]), *to = path_join(boot, names[i]);

		if (tree_has(&conv->sys->tree, from) &&
		    conversion_copy(conv, from, to, "beside the fallback boot loader", ret, err) < 0)
			return -1;
	}
	return 0;
}

/* One that is there already, for these processors. */
static bool has_fallback(const struct conversion *conv, bool arm)
{
	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++)
		if (loaders[i].arm == arm && find_below(conv, "/EFI/BOOT", loaders[i].fallback))
			return true;
	return false;
}

int linux_fallback_loader(struct conversion *conv, struct guest *ret, struct error *err)
{
	bool arm = conv->answer->value[DIM_WORD] == WORD_ARM64;
	CLEANUP_FREE char *boot = NULL;

	if (conv->answer->value[DIM_FIRMWARE] != FIRMWARE_UEFI || !conv->sys->esp || has_fallback(conv, arm))
		return 0;
	boot = xasprintf("%s/EFI/BOOT", conv->sys->esp);
	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++) {
		const struct tree_node *n = find_below(conv, "", loaders[i].name);
		CLEANUP_FREE char *to = path_join(boot, loaders[i].fallback);
		CLEANUP_FREE char *from = n ? xstrdup(n->path) : NULL;

		if (!from || loaders[i].arm != arm)
			continue;
		if (conversion_copy(conv, from, to,
				    "the firmware's own list of boot loaders stayed in the old PC",
				    ret, err) < 0)
			return -1;
		return strncmp(loaders[i].name, "shim", 4) == 0
			       ? copy_beside(conv, from, boot, ret, err) : 0;
	}
	report_add(&conv->sys->findings, FINDING_ERROR, conv->sys->esp,
		   "no boot loader that could be put where firmware without settings looks");
	return 0;
}
