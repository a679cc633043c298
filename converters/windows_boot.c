// SPDX-License-Identifier: GPL-2.0-or-later
/* What starts Windows: geometry in the boot sector, the boot manager's settings, the fallback loader. */
#include "config.h"

#include <guestfs.h>
#include <stdlib.h>
#include <string.h>

#include "converters/windows.h"
#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/base/path.h"

/* Heads that a BIOS gives a disk of this size; the loader of NT reads by cylinders and heads. */
static uint16_t heads_of(uint64_t size)
{
	if (size < UINT64_C(2114445312))
		return 0x40;
	return size < UINT64_C(4228374780) ? 0x80 : 0xff;
}

int windows_boot_sector(struct windows_edit *e, struct guest *ret, struct error *err)
{
	enum { HEADS = 0x1a };
	const struct conversion *conv = e->conv;
	/* the BIOS reads the sector of the volume that ntldr is on, which need not be the system's */
	const struct inspected_fs *fs = e->w->starter ? inspection_fs(conv->in, e->w->starter) : NULL;
	uint8_t before[512], after[512];
	uint16_t heads;

	if (windows_is(e->w, 6, 0) || !fs || fs->disk < 0 || fs->number == 0)
		return 0;
	if (appliance_read_device(conv->app, fs->device, 0, before, sizeof(before), err) < 0)
		return -1;
	heads = heads_of(conv->in->disks[fs->disk].size);
	if (memcmp(before + 3, "NTFS    ", 8) != 0 || get_le16(before + HEADS) == heads)
		return 0;
	memcpy(after, before, sizeof(after));
	after[HEADS] = (uint8_t)heads;
	after[HEADS + 1] = (uint8_t)(heads >> 8);
	conversion_record(ret, fs->device, "changed", before, sizeof(before), after, sizeof(after),
			  "heads in the boot sector: the new BIOS counts them so");
	if (conv->dry_run)
		return 0;
	if (guestfs_pwrite_device(conv->app->g, fs->device, (const char *)after, sizeof(after), 0) !=
	    (int)sizeof(after))
		return appliance_error(conv->app, err, "write the boot sector of %s", fs->device);
	return 0;
}

/* The screen of the boot manager shall be seen on a plain VGA. */
static int edit_bcd(struct windows_edit *e, const char *path, struct guest *ret, struct error *err)
{
	static const char manager[] = "Objects\\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\\Elements\\"
				      "23000003";
	struct hive bcd CLEANUP_HIVE = HIVE_INIT;
	CLEANUP_FREE char *data = NULL, *after = NULL, *entry = NULL, *key = NULL;
	size_t len = 0, after_len = 0;

	if (appliance_read_file(e->conv->app, path, 64 << 20, &data, &len, err) < 0 ||
	    hive_open(&bcd, "BCD", data, len, HIVE_WRITE, err) < 0)
		return -1;
	entry = hive_text(&bcd, manager, "Element");
	if (!entry || strchr(entry, '\\'))
		return 0;
	key = xasprintf("Objects\\%s\\Elements\\16000046", entry);
	if (hive_drop_key(&bcd, key, err) < 0 || !hive_changed(&bcd))
		return error_is_set(err) ? -1 : 0;
	if (hive_finish(&bcd, &after, &after_len, err) < 0)
		return -1;
	conversion_record(ret, path, "changed", data, len, after, after_len,
			  "the boot manager may use graphics, whose setting was for the old card");
	if (e->conv->dry_run)
		return 0;
	return appliance_write_file(e->conv->app, path, after, after_len, err);
}

/* Virtual machines come without the boot entry that the old PC's firmware remembered. */
static int add_fallback(struct windows_edit *e, struct guest *ret, struct error *err)
{
	enum { LOADER_MAX = 16 << 20 };
	const struct appliance *app = e->conv->app;
	CLEANUP_FREE char *efi = appliance_find(app, "/", "efi");
	CLEANUP_FREE char *loader = efi ? appliance_find(app, efi, "microsoft/boot/bootmgfw.efi") : NULL;
	CLEANUP_FREE char *there = efi ? appliance_find(app, efi, "boot/bootx64.efi") : NULL;
	CLEANUP_FREE char *folder = efi ? appliance_find(app, efi, "boot") : NULL;
	CLEANUP_FREE char *data = NULL, *to = NULL;
	size_t len = 0;

	if (!loader)
		return 0;
	if (there) {
		report_add(e->notes, FINDING_NOTE, there,
			   "a loader is where UEFI looks without settings: it is left as it is");
		return 0;
	}
	if (appliance_read_file(app, loader, LOADER_MAX, &data, &len, err) < 0)
		return -1;
	to = folder ? xasprintf("%s/bootx64.efi", folder) : xasprintf("%s/Boot/bootx64.efi", efi);
	conversion_record(ret, to, "added", NULL, 0, data, len,
			  "the boot manager where UEFI looks when it has no settings");
	if (e->conv->dry_run)
		return 0;
	if (!folder) {
		CLEANUP_FREE char *dir = path_dirname(to);

		if (guestfs_mkdir_p(app->g, dir) < 0)
			return appliance_error(app, err, "create folder '%s'", dir);
	}
	return appliance_write_file(app, to, data, len, err);
}

int windows_boot_uefi(struct windows_edit *e, struct guest *ret, struct error *err)
{
	struct error odd CLEANUP_ERROR = ERROR_INIT;
	const struct appliance *app = e->conv->app;
	CLEANUP_FREE char *bcd = NULL;

	if (!e->w->esp || e->conv->answer->value[DIM_FIRMWARE] != FIRMWARE_UEFI)
		return 0;
	if (appliance_mount(app, e->w->esp, "/", !e->conv->dry_run, NULL, err) < 0)
		return -1;
	bcd = appliance_find(app, "/", "efi/microsoft/boot/bcd");
	if (!bcd)
		report_remedy(report_add(e->notes, FINDING_WARNING, e->w->esp,
					 "the boot manager has no settings (BCD): it may not find the "
					 "system"),
			      "run 'bcdboot C:\\Windows' on the old PC and capture it again");
	else if (edit_bcd(e, bcd, ret, &odd) < 0)
		report_add(e->notes, FINDING_WARNING, bcd, "left as it is: %s", odd.msg);
	return add_fallback(e, ret, err);
}
