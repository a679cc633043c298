// SPDX-License-Identifier: GPL-2.0-or-later
/* Which systems are on the disks of an old PC: each file system is mounted once, and each family asked. */
#include "config.h"

#include <guestfs.h>
#include <stdlib.h>
#include <string.h>

#include "lib/appliance_reader.h"
#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/inspect_family.h"
#include "lib/inspection.h"
#include "lib/old_system.h"
#include "lib/windows_look.h"

static bool can_hold_a_system(const struct inspected_fs *fs)
{
	static const char *const types[] = { "ext2", "ext3", "ext4", "xfs", "btrfs", "reiserfs",
					     "jfs", "f2fs", "ntfs", "vfat", NULL };

	for (size_t i = 0; types[i]; i++)
		if (strcmp(fs->type, types[i]) == 0)
			return true;
	return false;
}

int inspect_mount(const struct appliance *app, const struct inspection *in, const char *device,
		  const char *point, const char *options, struct error *err)
{
	const struct inspected_fs *fs = inspection_fs(in, device);
	const char *no_replay = !fs || !fs->unclean			 ? NULL
				: strcmp(fs->type, "xfs") == 0		 ? "norecovery"
				: strncmp(fs->type, "ext", 3) == 0 ? "noload"
								 : NULL;
	CLEANUP_FREE char *all = no_replay && options ? xasprintf("%s,%s", no_replay, options) : NULL;

	return appliance_mount(app, device, point, false, all ? all : no_replay ? no_replay : options,
			       err);
}

/* On one that wants a check a file that cannot be read is no wonder, and no end of the inspection. */
static bool is_damage(const struct inspection *in, const char *device, const struct error *e)
{
	const struct inspected_fs *fs = inspection_fs(in, device);

	return fs && fs->unclean && e->code != ERR_INTERRUPTED;
}

/* Mount it and ask each family; *found is left alone when nobody knows it. */
static int ask_families(const struct appliance *app, struct inspection *in, size_t index,
			const char *options, bool *found, struct error *err)
{
	const char *device = in->filesystems[index].device;
	struct error odd CLEANUP_ERROR = ERROR_INIT;
	struct inspected_system sys = { 0 };
	int rc = 0;

	if (inspect_mount(app, in, device, "/", options, &odd) < 0) {
		if (interrupt_check(err) < 0)
			return -1;
		report_add(&in->findings, FINDING_WARNING, device, "%s", odd.msg);
		return 0;
	}
	sys.tree = (struct tree)TREE_INIT;
	sys.root = xstrdup(device);
	sys.root_options = options ? xstrdup(options) : NULL;
	for (size_t i = 0; inspectors[i] && rc == 0 && !sys.family; i++)
		rc = inspectors[i]->look(app, in, &sys, &odd);
	windows_note_starters(app, &in->filesystems[index]);
	appliance_umount(app);
	if (rc < 0 && !is_damage(in, device, &odd)) {
		error_move(err, &odd);
	} else if (rc < 0) {
		report_add(&in->findings, FINDING_ERROR, device, "its files cannot be read: %s",
			   odd.msg);
		system_clear(&sys);
		return 0;
	}
	if (rc == 0 && sys.family) {
		*APPEND(in->systems, in->n_systems) = sys;
		*found = true;
	} else {
		system_clear(&sys);
	}
	return rc;
}

static void free_subvolumes(struct guestfs_btrfssubvolume_list **list)
{
	guestfs_free_btrfssubvolume_list(*list);
}

/* The root of a system often is a subvolume: @, root, @rootfs. Snapshots lie deeper. */
static int look_in_subvolumes(const struct appliance *app, struct inspection *in, size_t index,
			      struct error *err)
{
	const char *device = in->filesystems[index].device;
	struct guestfs_btrfssubvolume_list *list __attribute__((cleanup(free_subvolumes))) = NULL;
	bool found = false;

	if (guestfs_mount_ro(app->g, device, "/") < 0)
		return 0;
	list = guestfs_btrfs_subvolume_list(app->g, "/");
	appliance_umount(app);
	for (uint32_t i = 0; list && i < list->len && !found; i++) {
		const char *path = list->val[i].btrfssubvolume_path;
		CLEANUP_FREE char *options = xasprintf("subvol=%s", path);

		if (strchr(path, '/') || strchr(path, ','))
			continue;
		if (ask_families(app, in, index, options, &found, err) < 0)
			return -1;
	}
	return 0;
}

static int look_for_system(const struct appliance *app, struct inspection *in, size_t index,
			   struct error *err)
{
	const struct inspected_fs *fs = &in->filesystems[index];
	bool found = false;

	if (ask_families(app, in, index, NULL, &found, err) < 0)
		return -1;
	if (!found && strcmp(fs->type, "btrfs") == 0)
		return look_in_subvolumes(app, in, index, err);
	return 0;
}

static int finish_system(const struct appliance *app, const struct inspection *in,
			 struct inspected_system *sys, struct error *err)
{
	for (size_t i = 0; inspectors[i]; i++)
		if (inspectors[i]->finish && strcmp(inspectors[i]->family, sys->family) == 0)
			return inspectors[i]->finish(app, in, sys, err);
	return 0;
}

/* Containers and swap areas hold no system of their own. */
static bool is_container(const struct inspected_fs *fs)
{
	return strcmp(fs->type, "swap") == 0 || strcmp(fs->type, "LVM2_member") == 0 ||
	       strcmp(fs->type, "linux_raid_member") == 0 || strcmp(fs->type, "crypto_LUKS") == 0;
}

/* What cannot be mounted, and what no family knows by its files. */
static void look_at_heads(const struct appliance *app, struct inspection *in)
{
	for (size_t i = 0; i < in->n_filesystems; i++) {
		const struct inspected_fs *fs = &in->filesystems[i];
		struct appliance_reader r CLEANUP_APPLIANCE_READER = { 0 };

		appliance_reader_begin(&r, app, fs->device, fs->size);
		/* an EFI partition is nobody's volume for a BIOS to start from */
		if (!is_container(fs) && !inspected_fs_is_efi(fs))
			inspect_head(in, fs, &r.reader);
	}
	for (size_t i = 0; i < in->n_disks; i++) {
		struct appliance_reader r CLEANUP_APPLIANCE_READER = { 0 };

		appliance_reader_begin(&r, app, in->disks[i].device, in->disks[i].size);
		inspect_disk_head(in, i, &r.reader);
	}
}

int inspect(const struct appliance *app, const struct strv *keys, struct inspection *ret,
	    struct error *err)
{
	struct inspection in CLEANUP_INSPECTION = INSPECTION_INIT;

	if (inspect_volumes(app, keys, &in, err) < 0)
		return -1;
	for (size_t i = 0; i < in.n_filesystems; i++)
		if (can_hold_a_system(&in.filesystems[i]) &&
		    look_for_system(app, &in, i, err) < 0)
			return -1;
	for (size_t i = 0; i < in.n_systems; i++)
		if (finish_system(app, &in, &in.systems[i], err) < 0)
			return -1;
	look_at_heads(app, &in);
	if (interrupt_check(err) < 0)
		return -1;
	*ret = in;
	in = (struct inspection)INSPECTION_INIT;
	return 0;
}

int inspect_mount_all(const struct appliance *app, const struct inspected_system *sys,
		      bool writable, struct error *err)
{
	if (appliance_mount(app, sys->root, "/", writable, sys->root_options, err) < 0)
		return -1;
	for (size_t i = 0; i < sys->n_mounts; i++) {
		const struct inspected_mount *m = &sys->mounts[i];

		if (m->device && m->point[0] == '/' && m->point[1] &&
		    appliance_mount(app, m->device, m->point, writable, m->options, err) < 0)
			return -1;
	}
	return 0;
}
