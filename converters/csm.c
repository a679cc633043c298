// SPDX-License-Identifier: GPL-2.0-or-later
/* An EFI program of the user's that provides BIOS services, on an added disk. */
#include "config.h"

#include <string.h>

#include "converters/bridge.h"
#include "converters/csm.h"
#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/base/path.h"

enum {
	PROGRAM_MAX = 16 << 20,
	COST = 100,		/* dearer than anything that is known to work            */
	PE_AT = 0x3c,		/* where the DOS header tells of the other one           */
	MACHINE_X64 = 0x8664,
};

void csm_can_add(struct machine_model *ret)
{
	if (!model_has(ret, DIM_FIRMWARE, FIRMWARE_UEFI))
		ret->cost[DIM_FIRMWARE][FIRMWARE_UEFI] = COST;
	if (!model_has(ret, DIM_DISPLAY, DISPLAY_VIRTIO_GPU))
		ret->cost[DIM_DISPLAY][DISPLAY_VIRTIO_GPU] = COST;
}

/* Source: Microsoft, "PE Format": signature and machine. */
static bool is_efi_program(const char *data, size_t len)
{
	uint32_t at;

	if (len < PE_AT + 4 || data[0] != 'M' || data[1] != 'Z')
		return false;
	at = get_le32(data + PE_AT);
	return at <= len - 6 && memcmp(data + at, "PE\0\0", 4) == 0 && get_le16(data + at + 4) == MACHINE_X64;
}

int csm_add(struct conversion *conv, const char *path, struct guest *ret, struct error *err)
{
	struct fileset files CLEANUP_FILESET = FILESET_INIT;
	CLEANUP_FREE char *data = NULL, *name = NULL;
	size_t len = 0;

	if (conv->answer->value[DIM_FIRMWARE] != FIRMWARE_UEFI || !conv->answer->added[DIM_FIRMWARE] ||
	    guest_added_disk(ret, DISK_LOADER) >= 0)
		return 0;
	if (file_read(path, PROGRAM_MAX, &data, &len, err) < 0)
		return -1;
	if (!is_efi_program(data, len)) {
		error_set(err, ERR_FORMAT, "'%s' is no EFI program for x86-64", path);
		return error_hint(err, "take the file csmwrapx64.efi of CSMWrap");
	}
	fileset_add(&files, "EFI/BOOT/BOOTX64.EFI", STEAL(data), len, false);
	report_remedy(report_add(&ret->findings, FINDING_WARNING, "firmware",
				 "it is started by '%s' from an added disk, which is not tested: nobody "
				 "has seen this system start that way", path),
		      "validate it, try it on the real host, and keep the old PC");
	if (bridge_add_disk(conv, &files, BRIDGE_NONE, "provides BIOS services on UEFI", ret, err) < 0)
		return -1;
	name = path_basename(path);
	bridge_list_program(ret, name, NULL, "the user: --csm");
	return 0;
}
