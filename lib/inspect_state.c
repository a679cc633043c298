// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether a file system was left in order: asked before the first mount, which may replay a journal. */
#include "config.h"

#include <guestfs.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/inspection.h"

/* The byte of the boot record whose bit 0 says that the FAT is mounted (Linux, fs/fat/inode.c) */
enum { FAT16_STATE = 0x25, FAT32_STATE = 0x41, FAT32_NAME = 0x52 };

char *inspect_unclean_ext(const struct appliance *app, const char *device)
{
	char **facts CLEANUP_LIST = guestfs_tune2fs_l(app->g, device);
	const char *state = "", *features = "";

	for (size_t i = 0; facts && facts[i] && facts[i + 1]; i += 2) {
		if (strcmp(facts[i], "Filesystem state") == 0)
			state = facts[i + 1];
		if (strcmp(facts[i], "Filesystem features") == 0)
			features = facts[i + 1];
	}
	if (strstr(state, "errors"))
		return xstrdup("has errors");
	if (strstr(state, "not clean") || strstr(features, "needs_recovery"))
		return xstrdup("was not unmounted");
	return NULL;
}

static char *unclean_fat(const struct appliance *app, const char *device)
{
	size_t len = 0;
	CLEANUP_FREE char *s = guestfs_pread_device(app->g, device, 512, 0, &len);
	size_t at = FAT16_STATE;

	if (!s || len < 512)
		return NULL;
	if (memcmp(s + FAT32_NAME, "FAT32", 5) == 0)
		at = FAT32_STATE;
	return s[at] & 1 ? xstrdup("was not unmounted") : NULL;
}

static char *unclean_xfs(const struct appliance *app, const char *device)
{
	CLEANUP_FREE char *path = appliance_device(device), *command = NULL, *out = NULL;

	if (!appliance_quotable(path))
		return NULL;
	command = xasprintf("xfs_logprint -t '%s' 2>&1 | head -n 20; true", path);
	if (appliance_run(app, command, &out, NULL) < 0 || !strstr(out, "<DIRTY>"))
		return NULL;
	return xstrdup("was not unmounted");
}

bool inspected_fs_is_efi(const struct inspected_fs *fs)
{
	return fs->part_type &&
	       (strcasecmp(fs->part_type, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b") == 0 ||
		strcasecmp(fs->part_type, "0xef") == 0);
}

/* Of the FATs only EFI partitions are asked: the others are carried as they are, or belong to a
 * Windows, which checks them at its start. */
char *inspect_unclean(const struct appliance *app, const struct inspected_fs *fs)
{
	if (strncmp(fs->type, "ext", 3) == 0)
		return inspect_unclean_ext(app, fs->device);
	if (strcmp(fs->type, "xfs") == 0)
		return unclean_xfs(app, fs->device);
	if (strcmp(fs->type, "vfat") == 0 && inspected_fs_is_efi(fs))
		return unclean_fat(app, fs->device);
	return NULL;
}
