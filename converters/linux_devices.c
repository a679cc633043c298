// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of a Linux system that name disks: no name in them may depend on the disk's bus. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/linux.h"
#include "lib/base/alloc.h"
#include "lib/fstab.h"

/* Each is text in which a device name stands alone or behind '='. */
static const char *const files[] = {
	"/etc/fstab", "/etc/crypttab", "/etc/initramfs-tools/conf.d/resume",
	"/etc/initramfs-tools/initramfs.conf", "/etc/uswsusp.conf", "/etc/suspend.conf",
	"/etc/sysconfig/kernel", "/etc/sysconfig/bootloader", "/etc/dracut.conf",
	"/etc/mdadm.conf", "/etc/mdadm/mdadm.conf",
	"/etc/raidtab", "/etc/kernel/cmdline", "/etc/cmdline",
};

/* A CD drive has no partition to go by; nobody mounts it at boot. */
static bool is_cd_drive(const char *fstab, const char *name)
{
	struct fstab_line line = { .next = fstab };

	while (fstab_next(&line)) {
		CLEANUP_FREE char *spec = fstab_field(&line, FSTAB_SPEC);
		CLEANUP_FREE char *type = fstab_field(&line, FSTAB_TYPE);

		if (strcmp(spec, name) == 0 && (strstr(type, "iso9660") || strstr(type, "udf")))
			return true;
	}
	return false;
}

static void report_missed(struct conversion *conv, const char *path, const struct strv *missed)
{
	for (size_t i = 0; i < missed->n; i++) {
		if (is_cd_drive(tree_text(&conv->sys->tree, path), missed->v[i]))
			continue;
		report_remedy(report_add(&conv->sys->findings, FINDING_WARNING, path,
					 "%s is on none of the captured disks: left as it is",
					 missed->v[i]),
			      "capture that disk too, or take the line out");
	}
}

static void edit_file(struct conversion *conv, const char *path)
{
	const char *text = tree_text(&conv->sys->tree, path);
	struct strv missed CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *changed = NULL;

	if (!text)
		return;
	changed = linux_stable_devices(conv->in, text, NULL, &missed);
	report_missed(conv, path, &missed);
	tree_put(&conv->sys->tree, path, changed, 0644,
		 "file systems by UUID, as device names change with the disk's bus");
}

/* All settings in a folder of snippets. */
static void edit_folder(struct conversion *conv, const char *folder, const char *suffix)
{
	struct strv names CLEANUP_STRV = STRV_INIT;
	const struct tree_node *n;

	for (size_t i = 0; (n = tree_under(&conv->sys->tree, folder, &i));) {
		size_t len = strlen(n->path), tail = strlen(suffix);

		if (n->kind == TREE_FILE && n->data && len > tail &&
		    strcmp(n->path + len - tail, suffix) == 0)
			strv_add(&names, n->path);
	}
	for (size_t i = 0; i < names.n; i++)
		edit_file(conv, names.v[i]);
}

bool linux_names_devices(const char *path)
{
	static const char *const folders[] = { "/etc/dracut.conf.d/", "/etc/cmdline.d/",
					       "/etc/default/grub" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (strcmp(files[i], path) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (strncmp(path, folders[i], strlen(folders[i])) == 0)
			return true;
	return false;
}

void linux_edit_devices(struct conversion *conv)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		edit_file(conv, files[i]);
	edit_folder(conv, "/etc/dracut.conf.d", ".conf");
	edit_folder(conv, "/etc/cmdline.d", ".conf");
}
