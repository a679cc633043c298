// SPDX-License-Identifier: GPL-2.0-or-later
/* The first sector of a disk: its table, the geometry that it was counted in, and who wrote its code. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/disk_head.h"

enum { CODE = 440, TABLE = 446, ENTRY = 16 };

/* Words that the programs print when they fail, or their names. */
static const struct {
	const char *words, *loader;
} loaders[] = {
	{ "GRUB ", "grub" },
	{ "LILO", "lilo" },
	{ "Operating system load error", "syslinux" },
	{ "SYSLINUX", "syslinux" },
	{ "Boot Manager", "os2-boot-manager" },
	{ "I13X", "os2" },
	{ "OS/2", "os2" },
	{ "Missing operating system", "standard" },
	{ "Missing Operating System", "standard" },
	{ "Invalid partition table", "standard" },
	{ "NTLDR", "windows-nt" },
	{ "BOOTMGR", "windows-vista" },
	{ "QNX", "qnx" },
	{ "No /boot/loader", "freebsd" },
	{ "F1 FreeBSD", "freebsd" },
	{ "Boot error", "bsd" },
	{ "FreeDOS", "freedos" },
	{ "BeOS", "beos" },
	{ "NetWare", "netware" },
	{ "SunSoft", "solaris" },
	{ "SCO", "sco" },
	{ "FreeLoader", "reactos" },
};

static const char *find_loader(const uint8_t *sector)
{
	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++)
		if (memmem(sector, 510, loaders[i].words, strlen(loaders[i].words)))
			return loaders[i].loader;
	return NULL;
}

/* An entry ends in the last sector of a track of the last head, when disks were divided by cylinders. */
static void guess_geometry(struct boot_record *r, const uint8_t *sector)
{
	for (size_t i = 0; i < 4; i++) {
		const uint8_t *e = sector + TABLE + i * ENTRY;
		uint32_t heads = e[5] + 1u, sectors = e[6] & 0x3f;

		if (!e[4] || !sectors || heads < 2 || heads > 255 || r->sectors)
			continue;
		if ((get_le32(e + 8) + (uint64_t)get_le32(e + 12)) % (heads * sectors) == 0) {
			r->heads = heads;
			r->sectors = sectors;
		}
	}
}

static bool take_entries(struct boot_record *r, const uint8_t *sector)
{
	bool some = false;

	for (size_t i = 0; i < 4; i++) {
		const uint8_t *e = sector + TABLE + i * ENTRY;

		if (e[0] & 0x7f || (e[4] && (!get_le32(e + 8) || !get_le32(e + 12))))
			return false;
		r->entries[i].type = e[4];
		r->entries[i].active = e[0] == 0x80;
		r->entries[i].lba = get_le32(e + 8);
		r->entries[i].count = get_le32(e + 12);
		some |= e[4] != 0;
	}
	return some;
}

void boot_record_parse(struct boot_record *ret, const uint8_t *sector)
{
	struct boot_record r = { .valid = sector[510] == 0x55 && sector[511] == 0xaa };
	struct fatfs fat;

	for (size_t i = 0; i < CODE && !r.code; i++)
		r.code = sector[i] != 0;
	r.volume = fatfs_parse(&fat, sector, NULL) == 0 || memcmp(sector + 3, "NTFS    ", 8) == 0 ||
		   memcmp(sector + 3, "EXFAT   ", 8) == 0;
	if (r.valid) {
		r.loader = find_loader(sector);
		r.table = !r.volume && take_entries(&r, sector);
		r.signature = get_le32(sector + CODE);
	}
	if (r.table)
		guess_geometry(&r, sector);
	else
		memset(r.entries, 0, sizeof(r.entries));
	*ret = r;
}
