// SPDX-License-Identifier: GPL-2.0-or-later
/* Systems on FAT by their files: those that the boot sector loads, and those that tell the release. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"
#include "lib/disk_head_fat.h"
#include "lib/windows_folder.h"

enum {
	NOT_LOADED = 50,	/* as sure as one can be of files that the boot sector does not load */
	BOOT_SECTORS = 3 * 512,
	MAKER_MAX = 96 << 10,	/* of a file that says who made it                    [bytes] */
};

/*
 * All of these must be there, with something in them: Windows XP leaves an empty IO.SYS and MSDOS.SYS. The first
 * row that fits wins, so the special ones come first. "%" is the folder of Windows. @loads: what the boot sector
 * of such a volume names, as folders spell it; a disk with data may have the files, but not that.
 */
static const struct rule {
	const char *id;
	int sure;
	const char *files[4];
	const char *loads;
} rules[] = {
	{ "reactos", 90, { "FREELDR.SYS", "FREELDR.INI" }, NULL },
	{ "os2-4", 92, { "OS2LDR", "OS2KRNL", "OS2/BOOT/OS2DASD.DMD", "OS2/BOOT/RESERVE.SYS" }, NULL },
	{ "os2-2", 92, { "OS2LDR", "OS2KRNL" }, NULL },
	{ "winnt4", 85, { "NTLDR", "NTDETECT.COM", "WINNT/SYSTEM32/NTOSKRNL.EXE" }, NULL },
	{ "winnt351", 85, { "NTLDR", "NTDETECT.COM", "WINNT35/SYSTEM32/NTOSKRNL.EXE" }, NULL },
	{ "winme", 92, { "IO.SYS", "MSDOS.SYS", "%/SYSTEM.DAT", "%/CLASSES.DAT" }, NULL },
	{ "win95", 92, { "IO.SYS", "MSDOS.SYS", "%/SYSTEM.DAT" }, NULL },
	{ "netware", 90, { "NWSERVER/SERVER.EXE" }, NULL },
	{ "netware", 90, { "SERVER.312/SERVER.EXE" }, NULL },
	{ "drdos", 92, { "DRBIOS.SYS", "DRDOS.SYS" }, "DRBIOS  SYS" },
	{ "drdos", 92, { "DRBIOS.SYS", "DRBDOS.SYS" }, "DRBIOS  SYS" },
	{ "win3x", 92, { "IO.SYS", "MSDOS.SYS", "%/WIN.COM", "%/SYSTEM/KRNL386.EXE" }, "IO      SYS" },
	{ "win3x", 88, { "IBMBIO.COM", "IBMDOS.COM", "%/WIN.COM", "%/SYSTEM/KRNL386.EXE" }, "IBMBIO  COM" },
	{ "freedos", 90, { "KERNEL.SYS", "COMMAND.COM" }, "KERNEL  SYS" },
	{ "freedos", 88, { "KERNEL.SYS", "FDCONFIG.SYS" }, NULL },
	{ "drdos", 85, { "IBMBIO.COM", "IBMDOS.COM", "DRDOS" }, NULL },
	{ "pcdos", 90, { "IBMBIO.COM", "IBMDOS.COM", "COMMAND.COM" }, "IBMBIO  COM" },
	{ "msdos", 90, { "IO.SYS", "MSDOS.SYS", "COMMAND.COM" }, "IO      SYS" },
	{ "msdos", 80, { "IO.SYS", "MSDOS.SYS" }, "IO      SYS" },
	{ "vxworks", 70, { "BOOTROM.SYS" }, NULL },
	{ "vxworks", 60, { "VXWORKS" }, NULL },
	{ "syslinux", 85, { "LDLINUX.SYS", "SYSLINUX.CFG" }, NULL },
	{ "syslinux", 75, { "LDLINUX.SYS" }, NULL },
};

/* NULL: it would lie in a folder of Windows, and there is none. */
static char *path_of(const char *file, const struct windows_folder *w)
{
	if (*file != '%')
		return xstrdup(file);
	return w->path ? xasprintf("%s%s", w->path, file + 1) : NULL;
}

static bool has_all(const struct fatfs *f, const struct rule *rule, const struct windows_folder *w)
{
	for (size_t i = 0; i < 4 && rule->files[i]; i++) {
		CLEANUP_FREE char *path = path_of(rule->files[i], w);

		if (!path || !fatfs_has_bytes(f, path))
			return false;
	}
	return true;
}

static char *list_of(const struct rule *rule, const struct windows_folder *w)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	for (size_t i = 0; i < 4 && rule->files[i]; i++)
		strv_take(&names, path_of(rule->files[i], w));
	return strv_join(&names, ", ");
}

/* WinVer=4.10.1998 in MSDOS.SYS tells the release; the first Windows 95 has no such line. */
static void judge_9x(struct disk_head *h, const struct windows_folder *w)
{
	enum { FIRST = 85, BY_TEXT = 75, BY_FILES = 60 };

	if (strncmp(h->id, "msdos", 5) == 0 && w->paths) {
		h->id = "win95";
		h->sure = BY_TEXT;
	}
	if (strcmp(h->id, "win95") != 0 && strcmp(h->id, "winme") != 0)
		return;
	if (!w->paths)
		h->sure = BY_FILES;
	else if (!w->release[0])
		h->sure = MIN(h->sure, (int)FIRST);
	else
		h->id = strncmp(w->release, "4.9", 3) == 0   ? "winme"
			: strncmp(w->release, "4.1", 3) == 0 ? "win98"
							     : "win95";
}

static bool file_says(const struct fatfs *f, const char *file, const char *const *words)
{
	CLEANUP_FREE char *data = NULL;
	size_t len = 0;

	if (fatfs_read(f, file, MAKER_MAX, &data, &len, NULL) < 0)
		return false;
	for (size_t i = 0; words[i]; i++)
		if (memmem(data, len, words[i], strlen(words[i])))
			return true;
	return false;
}

/*
 * The files of DR-DOS from 5.0 on are called as those of PC DOS. Their COMMAND.COM says who made it, as VER
 * prints it: "Copyright (c) 1976, 1982, 1988, 1990, 1991 Digital Research Inc.", later Novell and Caldera.
 */
static void judge_maker(struct disk_head *h)
{
	static const char *const dr[] = { "Digital Research", "Novell", "Caldera", "DR-DOS", "DR DOS", NULL };
	static const char *const ibm[] = { "International Business Machines", "IBM DOS", "PC DOS", NULL };
	enum { SURE = 90, EITHER = 60 };

	if (strcmp(h->id, "pcdos") != 0)
		return;
	if (file_says(&h->fat, "COMMAND.COM", dr) || file_says(&h->fat, "IBMDOS.COM", dr)) {
		h->id = "drdos";
		h->sure = MIN(h->sure, (int)SURE);
	} else if (!file_says(&h->fat, "COMMAND.COM", ibm)) {
		h->sure = MIN(h->sure, (int)EITHER);
	}
}

/* A program of a later NT lies in the same folder names: their size class and BOOT.INI tell. */
static bool is_later_nt(const struct fatfs *f, const char *id)
{
	return strcmp(id, "winnt4") == 0 &&
	       (fatfs_has(f, "WINNT/SYSTEM32/CONFIG/SYSTEM.SAV") || fatfs_has(f, "WINNT/INF/USBSTOR.INF") ||
		fatfs_has(f, "WINNT/SYSTEM32/DRIVERS/ACPI.SYS"));
}

static bool is_loaded(const struct fatfs *f, const char *name)
{
	uint8_t code[BOOT_SECTORS];

	return !name || (reader_get(f->reader, 0, code, sizeof(code)) == 0 &&
			 memmem(code, sizeof(code), name, strlen(name)));
}

static void take_rule(struct disk_head *h, const struct rule *rule, const struct windows_folder *w)
{
	CLEANUP_FREE char *list = list_of(rule, w);
	bool loaded = is_loaded(&h->fat, rule->loads);

	h->id = rule->id;
	h->sure = rule->sure;
	judge_9x(h, w);
	judge_maker(h);
	if (!loaded)
		h->sure = MIN(h->sure, (int)NOT_LOADED);
	free(h->evidence);
	h->evidence = xasprintf("%s on FAT%u ('%s')%s%s", list, h->fat.bits, h->fat.oem,
				loaded ? "" : ", whose boot sector does not load ", loaded ? "" : rule->files[0]);
}

bool disk_head_fat(struct disk_head *h, const struct reader *reader)
{
	static const char *const names[] = { [12] = "fat12", [16] = "fat16", [32] = "fat32" };
	struct windows_folder w CLEANUP_WINDOWS_FOLDER = { 0 };

	if (fatfs_open(&h->fat, reader, NULL) < 0)
		return false;
	h->fs = names[h->fat.bits];
	free(h->evidence);
	h->evidence = xasprintf("boot sector of FAT, written by '%s'", h->fat.oem);
	windows_folder_find(&w, &h->fat);
	for (size_t i = 0; i < ARRAY_SIZE(rules) && !h->id; i++)
		if (has_all(&h->fat, &rules[i], &w) && !is_later_nt(&h->fat, rules[i].id))
			take_rule(h, &rules[i], &w);
	h->windows = STEAL(w.path);
	return true;
}
