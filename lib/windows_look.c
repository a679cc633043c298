// SPDX-License-Identifier: GPL-2.0-or-later
/* What must be right on a Windows disk before anything is changed, and what starts it. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/windows_look.h"

/* The file stays when a system is woken up; then its first bytes are others. */
static bool holds_a_system(const struct appliance *app, const char *path)
{
	static const char *const marks[] = { "hibr", "HIBR", "rstr", "RSTR" };
	char head[4] = "";

	if (appliance_read_head(app, path, head, sizeof(head)) < sizeof(head))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (memcmp(head, marks[i], sizeof(head)) == 0)
			return true;
	return false;
}

static void look_for_hibernation(const struct appliance *app, struct inspected_system *sys)
{
	struct windows *w = sys->windows;
	CLEANUP_FREE char *path = appliance_find(app, "/", "hiberfil.sys");
	struct finding *f;

	if (!path || !holds_a_system(app, path))
		return;
	w->hibernated = true;
	f = report_add(&sys->findings, FINDING_ERROR, WINDOWS_HIBERNATION,
		       w->fast_startup ? "it was shut down by Fast Startup: hiberfil.sys holds its "
					 "kernel, which goes on with the old hardware"
				       : "it is hibernated: hiberfil.sys holds a system that goes on "
					 "with the old hardware");
	report_remedy(f, "shut the old PC down with 'shutdown /s /t 0' and capture it again, or lose "
			 "what was open in it: convert with --discard-hibernation");
}

static void look_for_encryption(const struct appliance *app, struct inspected_system *sys)
{
	enum { ENCRYPTED = 0x4000 };
	const struct windows *w = sys->windows;
	const char *const paths[] = { w->dir, w->system32, w->drivers, w->system.path,
				      w->software.path };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (paths[i] && appliance_ntfs_attributes(app, paths[i]) & ENCRYPTED)
			report_remedy(report_add(&sys->findings, FINDING_ERROR, paths[i],
						 "it is encrypted by EFS: what is put there cannot "
						 "be read by the system"),
				      "decrypt it on the old PC with 'cipher /d' and capture it again");
}

void windows_look_at_files(const struct appliance *app, struct inspected_system *sys)
{
	look_for_hibernation(app, sys);
	look_for_encryption(app, sys);
}

/* The database of dynamic disks lies behind the partitions, where their parts are put together. */
static bool is_dynamic(const struct inspected_fs *fs)
{
	static const char *const types[] = {
		"0x42", "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3", "af9b60a0-1431-4f62-bc68-3311714a69ad",
	};

	for (size_t i = 0; fs->part_type && i < ARRAY_SIZE(types); i++)
		if (strcasecmp(fs->part_type, types[i]) == 0)
			return true;
	return false;
}

/* A letter belongs to the signature of a disk and the place of a partition: both stay. */
static void look_at_letters(const struct appliance *app, const struct inspection *in,
			    struct inspected_system *sys)
{
	const struct windows *w = sys->windows;
	const struct inspected_fs *fs = inspection_fs(in, sys->root);
	struct hive h CLEANUP_HIVE = HIVE_INIT;
	CLEANUP_FREE char *letter = NULL, *data = NULL;
	uint8_t signature[4];
	enum reg_type type;
	size_t len = 0;

	if (!fs || fs->disk < 0 || !w->system_root || strcmp(in->disks[fs->disk].table, "mbr") != 0 ||
	    hive_open(&h, "SYSTEM", w->system.data, w->system.len, HIVE_READ, NULL) < 0 ||
	    appliance_read_device(app, in->disks[fs->disk].device, 440, signature, 4, NULL) < 0)
		return;
	letter = xasprintf("\\DosDevices\\%.2s", w->system_root);
	data = hive_data(&h, "MountedDevices", letter, &type, &len);
	if (data && len == 12 && memcmp(data, signature, 4) != 0)
		report_add(&sys->findings, FINDING_WARNING, letter,
			   "MountedDevices knows another disk by this letter: the system may call "
			   "its own disk by another one");
}

/* The path of a volume's starter, whatever its case; NULL: it has none */
static char *starter(const struct inspected_fs *fs, const char *path)
{
	for (size_t i = 0; i < fs->starters.n; i++)
		if (strcasecmp(fs->starters.v[i] + 1, path) == 0)
			return xstrdup(fs->starters.v[i]);
	return NULL;
}

void windows_note_starters(const struct appliance *app, struct inspected_fs *fs)
{
	CLEANUP_FREE char *any = appliance_any_case("/{ntldr,boot.ini,bootmgr,boot/bcd,"
						    WINDOWS_EFI_MANAGER "," WINDOWS_EFI_BCD "}");

	strv_clear(&fs->starters);
	if (strcmp(fs->type, "vfat") == 0 || strcmp(fs->type, "ntfs") == 0)
		appliance_glob(app, any, &fs->starters);
}

static void note_esp(struct inspected_system *sys, const struct inspected_fs *fs, struct windows *w)
{
	CLEANUP_FREE char *manager = starter(fs, WINDOWS_EFI_MANAGER);

	if (!manager || w->esp)
		return;
	w->esp = xstrdup(fs->device);
	free(sys->boot_loader);
	free(sys->boot_config);
	sys->boot_loader = xstrdup("uefi");
	sys->boot_config = starter(fs, WINDOWS_EFI_BCD);
}

/* Without it the system cannot go to UEFI, which is said where that is asked for. */
static int read_bcd(const struct appliance *app, const struct inspected_fs *fs, const char *path,
		    struct windows *w, struct error *err)
{
	enum { BCD_MAX = 16 << 20 };
	struct error odd CLEANUP_ERROR = ERROR_INIT;

	if (appliance_mount(app, fs->device, "/", false, NULL, &odd) < 0)
		return interrupt_check(err);
	if (appliance_read_file(app, path, BCD_MAX, &w->bcd.data, &w->bcd.len, &odd) == 0)
		w->bcd.path = xstrdup(path);
	appliance_umount(app);
	return interrupt_check(err);
}

/* ntldr with boot.ini, or bootmgr with \Boot\BCD, in the system's own file system or another. */
static int note_bios(const struct appliance *app, struct inspected_system *sys,
		     const struct inspected_fs *fs, struct windows *w, struct error *err)
{
	bool nt6 = windows_is(w, 6, 0);
	CLEANUP_FREE char *loader = starter(fs, nt6 ? "bootmgr" : "ntldr");

	if (!loader || sys->boot_loader)
		return 0;
	w->starter = xstrdup(fs->device);
	sys->boot_loader = xstrdup(nt6 ? "bootmgr" : "ntldr");
	sys->boot_config = starter(fs, nt6 ? "boot/bcd" : "boot.ini");
	return nt6 && sys->boot_config ? read_bcd(app, fs, sys->boot_config, w, err) : 0;
}

/* UEFI starts what is on a GPT disk; systems before Vista know neither. */
static bool can_have_esp(const struct inspection *in, const struct inspected_system *sys)
{
	const struct inspected_fs *root = inspection_fs(in, sys->root);

	return windows_is(sys->windows, 6, 0) && root && root->disk >= 0 &&
	       strcmp(in->disks[root->disk].table, "gpt") == 0;
}

static int look_at_volume(const struct appliance *app, const struct inspection *in,
			  const struct inspected_fs *fs, struct inspected_system *sys,
			  struct error *err)
{
	const struct inspected_fs *root = inspection_fs(in, sys->root);

	if (is_dynamic(fs) && root && root->disk == fs->disk)
		report_remedy(report_add(&sys->findings, FINDING_ERROR, fs->device,
					 "it is on a dynamic disk, whose parts are not put together "
					 "here"),
			      "make it a basic disk on the old PC and capture it again");
	if (can_have_esp(in, sys))
		note_esp(sys, fs, sys->windows);
	return note_bios(app, sys, fs, sys->windows, err);
}

int windows_look_at_volumes(const struct appliance *app, const struct inspection *in,
			    struct inspected_system *sys, struct error *err)
{
	windows_look_at_ntfs(app, in, sys);
	look_at_letters(app, in, sys);
	for (size_t i = 0; i < in->n_filesystems; i++)
		if (look_at_volume(app, in, &in->filesystems[i], sys, err) < 0)
			return -1;
	if (!sys->boot_loader)
		report_add(&sys->findings, FINDING_ERROR, sys->root,
			   "no boot loader of Windows was found: neither ntldr, bootmgr nor one for "
			   "UEFI");
	return 0;
}
