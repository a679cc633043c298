// SPDX-License-Identifier: GPL-2.0-or-later
/* Systems on FAT by their files: those that the boot sector loads, and those that tell the release. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"
#include "lib/disk_head_fat.h"

/* All of these must be there; the first row that fits wins, so the special ones come first. */
static const struct {
	const char *id;
	int sure;
	const char *files[4];
} rules[] = {
	{ "reactos", 90, { "FREELDR.SYS", "FREELDR.INI" } },
	{ "os2-4", 92, { "OS2LDR", "OS2KRNL", "OS2/BOOT/OS2DASD.DMD", "OS2/BOOT/RESERVE.SYS" } },
	{ "os2-2", 92, { "OS2LDR", "OS2KRNL" } },
	{ "winnt4", 85, { "NTLDR", "NTDETECT.COM", "WINNT/SYSTEM32/NTOSKRNL.EXE" } },
	{ "winnt351", 85, { "NTLDR", "NTDETECT.COM", "WINNT35/SYSTEM32/NTOSKRNL.EXE" } },
	{ "winme", 92, { "IO.SYS", "MSDOS.SYS", "WINDOWS/SYSTEM.DAT", "WINDOWS/CLASSES.DAT" } },
	{ "win98", 92, { "IO.SYS", "MSDOS.SYS", "WINDOWS/SYSTEM.DAT", "WINDOWS/SYSTEM/VMM32.VXD" } },
	{ "win95", 85, { "IO.SYS", "MSDOS.SYS", "WINDOWS/SYSTEM.DAT" } },
	{ "netware", 90, { "NWSERVER/SERVER.EXE" } },
	{ "netware", 90, { "SERVER.312/SERVER.EXE" } },
	{ "drdos", 92, { "DRBIOS.SYS", "DRDOS.SYS" } },
	{ "drdos", 85, { "IBMBIO.COM", "IBMDOS.COM", "DRDOS" } },
	{ "win3x", 92, { "IO.SYS", "MSDOS.SYS", "WINDOWS/WIN.COM", "WINDOWS/SYSTEM/KRNL386.EXE" } },
	{ "win3x", 88, { "IBMBIO.COM", "IBMDOS.COM", "WINDOWS/WIN.COM", "WINDOWS/SYSTEM/KRNL386.EXE" } },
	{ "freedos", 90, { "KERNEL.SYS", "COMMAND.COM" } },
	{ "freedos", 88, { "KERNEL.SYS", "FDCONFIG.SYS" } },
	{ "pcdos", 90, { "IBMBIO.COM", "IBMDOS.COM", "COMMAND.COM" } },
	{ "msdos", 90, { "IO.SYS", "MSDOS.SYS", "COMMAND.COM" } },
	{ "msdos", 80, { "IO.SYS", "MSDOS.SYS" } },
	{ "vxworks", 70, { "BOOTROM.SYS" } },
	{ "vxworks", 60, { "VXWORKS" } },
	{ "syslinux", 85, { "LDLINUX.SYS", "SYSLINUX.CFG" } },
	{ "syslinux", 75, { "LDLINUX.SYS" } },
};

static bool has_all(const struct fatfs *f, const char *const *files)
{
	for (size_t i = 0; i < 4 && files[i]; i++)
		if (!fatfs_has(f, files[i]))
			return false;
	return true;
}

static char *list_of(const char *const *files)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	for (size_t i = 0; i < 4 && files[i]; i++)
		strv_add(&names, files[i]);
	return strv_join(&names, ", ");
}

/* MSDOS.SYS of Windows 95 to Me is a text: WinVer=4.10.1998 tells the release. */
static const char *release_9x(const struct fatfs *f, const char *id)
{
	CLEANUP_FREE char *text = NULL;
	const char *version;
	size_t len = 0;

	if (strncmp(id, "win9", 4) != 0 || fatfs_read(f, "MSDOS.SYS", 4096, &text, &len, NULL) < 0)
		return id;
	version = strcasestr(text, "WinVer=");
	if (!version)
		return id;
	version += strlen("WinVer=");
	return strncmp(version, "4.9", 3) == 0 ? "winme" : strncmp(version, "4.1", 3) == 0 ? "win98"
											      : "win95";
}

/* A program of a later NT lies in the same folder names: their size class and BOOT.INI tell. */
static bool is_later_nt(const struct fatfs *f, const char *id)
{
	return strcmp(id, "winnt4") == 0 &&
	       (fatfs_has(f, "WINNT/SYSTEM32/CONFIG/SYSTEM.SAV") || fatfs_has(f, "WINNT/INF/USBSTOR.INF") ||
		fatfs_has(f, "WINNT/SYSTEM32/DRIVERS/ACPI.SYS"));
}

bool disk_head_fat(struct disk_head *h, const struct reader *reader)
{
	static const char *const names[] = { [12] = "fat12", [16] = "fat16", [32] = "fat32" };

	if (fatfs_open(&h->fat, reader, NULL) < 0)
		return false;
	h->fs = names[h->fat.bits];
	free(h->evidence);
	h->evidence = xasprintf("boot sector of FAT, written by '%s'", h->fat.oem);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		CLEANUP_FREE char *list = NULL;

		if (!has_all(&h->fat, rules[i].files) || is_later_nt(&h->fat, rules[i].id))
			continue;
		list = list_of(rules[i].files);
		h->id = release_9x(&h->fat, rules[i].id);
		h->sure = rules[i].sure;
		free(h->evidence);
		h->evidence = xasprintf("%s on FAT%u ('%s')", list, h->fat.bits, h->fat.oem);
		break;
	}
	return true;
}
