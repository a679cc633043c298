// SPDX-License-Identifier: GPL-2.0-or-later
/* Windows from BIOS to UEFI: Microsoft's loader on an added disk, with the guest's own BCD changed for it. */
#include "config.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "converters/bridge.h"
#include "converters/windows_bridge.h"
#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/base/path.h"

enum { COST_OF_LOADER = 35, LOADER_MAX = 16 << 20, DEVICE_SIZE = 88 };

#define BOOTMGR "Objects\\{9dea862c-5cdd-4e70-acc1-f32b344d4795}"

/* Types of elements; Microsoft, "Boot Configuration Data Reference". */
#define ELEMENT_DEVICE "11000001"
#define ELEMENT_PATH "12000002"
#define ELEMENT_DEFAULT "23000003"

const char *windows_uefi_obstacle(const struct inspected_system *sys)
{
	const struct windows *w = sys->windows;

	if (!w || !w->arch || strcmp(w->arch, "amd64") != 0)
		return "only 64-bit Windows starts by 64-bit UEFI";
	if (!windows_is(w, 6, 2))
		return "only Windows 8 and later start by UEFI without the BIOS's display calls";
	return w->bcd.data ? NULL : "its boot configuration (BCD) was not found";
}

void windows_firmware_can_add(const struct inspected_system *sys, struct machine_model *ret)
{
	if (!model_has(&sys->can_drive, DIM_FIRMWARE, FIRMWARE_UEFI) && !windows_uefi_obstacle(sys))
		ret->cost[DIM_FIRMWARE][FIRMWARE_UEFI] = COST_OF_LOADER;
}

/* A partition of a disk with an MBR, as an element of a BCD names it. */
static void make_device(uint8_t *device, uint32_t signature, uint64_t start)
{
	const uint32_t kind = htole32(6), size = htole32(0x48), mbr = htole32(1);

	signature = htole32(signature);
	start = htole64(start);
	memset(device, 0, DEVICE_SIZE);
	memcpy(device + 16, &kind, 4);
	memcpy(device + 24, &size, 4);
	memcpy(device + 32, &start, 8);
	memcpy(device + 52, &mbr, 4);
	memcpy(device + 56, &signature, 4);
}

static char *element_key(const char *object, const char *element)
{
	return xasprintf("%s\\Elements\\%s", object, element);
}

/* winload.exe -> winload.efi, memtest.exe -> memtest.efi: the same programs for the other firmware. */
static int change_path(struct hive *h, const char *object, struct error *err)
{
	CLEANUP_FREE char *key = element_key(object, ELEMENT_PATH), *path = hive_text(h, key, "Element");
	CLEANUP_FREE char *changed = NULL;
	size_t len = path ? strlen(path) : 0;

	if (len < 4 || strcasecmp(path + len - 4, ".exe") != 0)
		return 0;
	if (strcasestr(path, "\\boot\\memtest.exe"))
		changed = xstrdup("\\EFI\\Microsoft\\Boot\\memtest.efi");
	else
		changed = xasprintf("%.*s.efi", (int)len - 4, path);
	return hive_set_text(h, key, "Element", REG_SZ, changed, err);
}

static int change_bootmgr(struct hive *h, uint32_t signature, uint64_t start, struct error *err)
{
	CLEANUP_FREE char *path = element_key(BOOTMGR, ELEMENT_PATH);
	CLEANUP_FREE char *device = element_key(BOOTMGR, ELEMENT_DEVICE);
	CLEANUP_FREE char *chosen_key = element_key(BOOTMGR, ELEMENT_DEFAULT);
	CLEANUP_FREE char *chosen = hive_text(h, chosen_key, "Element"), *object = NULL;
	uint8_t bytes[DEVICE_SIZE];

	object = xasprintf("Objects\\%s", chosen ? chosen : "");
	if (!hive_has(h, BOOTMGR) || !chosen || !hive_has(h, object))
		return error_set(err, ERR_FORMAT, "the boot configuration names no system to start");
	make_device(bytes, signature, start);
	if (hive_set(h, device, "Element", REG_BINARY, bytes, sizeof(bytes), err) < 0)
		return -1;
	return hive_set_text(h, path, "Element", REG_SZ, "\\EFI\\Microsoft\\Boot\\bootmgfw.efi", err);
}

int windows_uefi_bcd(const void *bcd, size_t len, uint32_t signature, uint64_t start, char **ret,
		     size_t *ret_len, struct error *err)
{
	struct hive h CLEANUP_HIVE = HIVE_INIT;
	struct strv objects CLEANUP_STRV = STRV_INIT;

	if (hive_open(&h, "BCD", bcd, len, HIVE_WRITE, err) < 0 ||
	    change_bootmgr(&h, signature, start, err) < 0)
		return -1;
	hive_keys(&h, "Objects", &objects);
	for (size_t i = 0; i < objects.n; i++) {
		CLEANUP_FREE char *object = xasprintf("Objects\\%s", objects.v[i]);

		if (change_path(&h, object, err) < 0)
			return -1;
	}
	return hive_finish(&h, ret, ret_len, err);
}

/* A file of the system volume into the disk's set; names of Windows have no certain case. */
static int take_file(struct conversion *conv, struct fileset *files, const char *dir, const char *name,
		     const char *to, bool needed, struct error *err)
{
	CLEANUP_FREE char *path = dir ? appliance_find(conv->app, dir, name) : NULL;
	char *data = NULL;
	size_t len = 0;

	if (!path && needed) {
		error_set(err, ERR_NOT_FOUND, "'%s' is not in %s of the guest", name, dir ? dir : "\\Windows\\Boot");
		return error_hint(err, "repair the system on the old PC (sfc /scannow) and capture it again");
	}
	if (!path)
		return 0;
	if (appliance_read_file(conv->app, path, LOADER_MAX, &data, &len, err) < 0)
		return -1;
	fileset_add(files, to, data, len, false);
	return 0;
}

static int take_loader(struct conversion *conv, struct fileset *files, struct error *err)
{
	const struct windows *w = conv->sys->windows;
	CLEANUP_FREE char *boot = appliance_find(conv->app, w->dir, "boot");
	CLEANUP_FREE char *efi = boot ? appliance_find(conv->app, boot, "efi") : NULL;
	CLEANUP_FREE char *winload = w->system32 ? appliance_find(conv->app, w->system32, "winload.efi") : NULL;

	if (!winload)
		return error_set(err, ERR_NOT_FOUND, "'winload.efi' is not in the guest");
	if (take_file(conv, files, efi, "bootmgfw.efi", "EFI/Microsoft/Boot/bootmgfw.efi", true, err) < 0 ||
	    take_file(conv, files, efi, "bootmgfw.efi", "EFI/BOOT/BOOTX64.EFI", true, err) < 0)
		return -1;
	return take_file(conv, files, efi, "memtest.efi", "EFI/Microsoft/Boot/memtest.efi", false, err);
}

int windows_firmware_bridge(struct conversion *conv, struct guest *ret, struct error *err)
{
	const struct windows *w = conv->sys->windows;
	struct fileset files CLEANUP_FILESET = FILESET_INIT;
	const char *obstacle = windows_uefi_obstacle(conv->sys);
	char *bcd = NULL;
	size_t len = 0;

	if (!conv->answer->added[DIM_FIRMWARE] || conv->answer->value[DIM_FIRMWARE] != FIRMWARE_UEFI)
		return 0;
	if (obstacle)
		return error_set(err, ERR_UNSUPPORTED, "%s", obstacle);
	if (take_loader(conv, &files, err) < 0 ||
	    windows_uefi_bcd(w->bcd.data, w->bcd.len, bridge_signature(conv), BRIDGE_START, &bcd, &len,
			     err) < 0)
		return -1;
	fileset_add(&files, "EFI/Microsoft/Boot/BCD", bcd, len, false);
	report_remedy(report_add(&ret->findings, FINDING_WARNING, "firmware",
				 "it is started by UEFI from an added disk. Feature updates of Windows look for "
				 "their boot files on the first disk, and may fail"),
		      "choose a target with a BIOS where there is one");
	return bridge_add_disk(conv, &files, BRIDGE_NONE, "starts Windows on UEFI", ret, err);
}
