// SPDX-License-Identifier: GPL-2.0-or-later
/* When the kernel that starts by itself lacks the new disk's driver: choose one that has it. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/linux.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/boot_menu.h"
#include "lib/linux_facts.h"

bool linux_has_driver(const struct inspected_system *sys, const struct inspected_kernel *k,
		      enum model_dim dim, unsigned int value)
{
	struct kmod kmod CLEANUP_KMOD = KMOD_INIT;
	struct strv names CLEANUP_STRV = STRV_INIT;

	if (!k->image)
		return false;
	linux_kmod(sys, k, &kmod);
	return linux_driver_modules(&kmod, dim, value, &names) &&
	       (dim != DIM_DISK || !names.n || k->initramfs);
}

static bool drives_all(const struct conversion *conv, const struct inspected_kernel *k)
{
	static const enum model_dim dims[] = { DIM_DISK, DIM_NIC };

	for (size_t i = 0; i < ARRAY_SIZE(dims); i++)
		if (conv->answer->added[dims[i]] &&
		    !linux_has_driver(conv->sys, k, dims[i],
				      (unsigned int)conv->answer->value[dims[i]]))
			return false;
	return true;
}

static int refuse(const struct conversion *conv, const struct inspected_kernel *k, struct error *err)
{
	error_set(err, ERR_UNSUPPORTED, "kernel %s could start, but %s cannot be told to choose it",
		  k->version, conv->sys->boot_loader);
	return error_hint(err, "make it the default on the old PC and capture it again, or choose "
			       "another disk with --want disk=…");
}

/* What the guest's own update-grub will write next time. */
static void keep_choice(struct conversion *conv, const char *index)
{
	static const char path[] = "/etc/default/grub", name[] = "GRUB_DEFAULT=";
	const char *text = tree_text(&conv->sys->tree, path), *at;
	CLEANUP_FREE char *changed = NULL;

	at = text ? strstr(text, name) : NULL;
	if (!at || (at > text && at[-1] != '\n'))
		return;
	at += strlen(name);
	changed = xasprintf("%.*s\"%s\"%s", (int)(at - text), text, index, at + strcspn(at, "\r\n"));
	tree_put(&conv->sys->tree, path, changed, 0644, "another kernel is the default");
}

static int choose(struct conversion *conv, struct inspected_kernel *k, struct error *err)
{
	struct inspected_system *sys = conv->sys;
	const char *text = sys->boot_config ? tree_text(&sys->tree, sys->boot_config) : NULL;
	struct boot_menu menu CLEANUP_BOOT_MENU = BOOT_MENU_INIT;
	CLEANUP_FREE char *image = path_basename(k->image), *changed = NULL;
	const struct boot_entry *entry;

	boot_menu_parse(&menu, sys->boot_loader, text ? text : "");
	entry = boot_menu_find(&menu, image);
	changed = entry ? boot_menu_choose(sys->boot_loader, text, entry) : NULL;
	if (!changed)
		return refuse(conv, k, err);
	tree_put(&sys->tree, sys->boot_config, changed, 0644,
		 "the kernel that started so far has no driver for the new disk");
	if (strcmp(sys->boot_loader, "grub2") == 0)
		keep_choice(conv, entry->index);
	report_add(&sys->findings, FINDING_WARNING, "kernel",
		   "%s starts now: the one before has no driver for the new disk", k->version);
	return 0;
}

int linux_choose_kernel(struct conversion *conv, struct error *err)
{
	struct inspected_system *sys = conv->sys;
	struct inspected_kernel *now = linux_default_kernel(sys);

	if (!now || drives_all(conv, now))
		return 0;
	for (size_t i = 0; i < sys->n_kernels; i++) {
		struct inspected_kernel *k = &sys->kernels[i];

		if (!drives_all(conv, k))
			continue;
		if (choose(conv, k, err) < 0)
			return -1;
		now->boots = false;
		k->boots = true;
		return 0;
	}
	error_set(err, ERR_UNSUPPORTED, "no kernel of the guest has drivers for both disk and network");
	return error_hint(err, "choose other devices with --want");
}
