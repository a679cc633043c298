// SPDX-License-Identifier: GPL-2.0-or-later
/* Systems by what their volumes begin with: superblocks here, files of FAT in lib/disk_head_fat.c. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/disk_head_fat.h"

/* Bytes at a place; several rows of one file system must all be there, "more" says that another follows. */
struct mark {
	const char *fs, *id;
	int sure;
	uint32_t at;
	uint8_t len;
	const char *bytes;
	bool more;
	const char *what;
};

/*
 * Sources: the headers of the Linux drivers for these file systems (include/uapi/linux), IBM's HPFS and
 * JFS descriptions, Be's Practical File System Design, Novell's partition layout.
 */
static const struct mark marks[] = {
	{ "hpfs", "os2-2", 70, 16 * 512, 8, "\x49\xe8\x95\xf9\xc5\xe9\x53\xfa", true, "" },
	{ "hpfs", "os2-2", 70, 17 * 512, 4, "\x49\x18\x91\xf9", false, "super block and spare block of HPFS" },
	{ "qnx4", "qnx4", 95, 512, 2, "/\0", true, "" },
	{ "qnx4", "qnx4", 95, 576, 7, ".inodes", true, "" },
	{ "qnx4", "qnx4", 95, 640, 5, ".boot", false, "root block of QNX 4 with .inodes and .boot" },
	{ "qnx6", "qnx6", 92, 8192, 4, "\x22\x11\x19\x68", false, "super block of a QNX 6 power-safe file system" },
	{ "qnx6", "qnx6", 90, 0, 4, "\x22\x11\x19\x68", false, "super block of a QNX 6 power-safe file system" },
	{ "befs", "beos", 92, 512 + 32, 4, "1SFB", true, "" },
	{ "befs", "beos", 92, 512 + 68, 4, "\x31\x10\x12\xdd", false, "super block of BeFS" },
	{ "ufs2", "freebsd", 80, 65536 + 1372, 4, "\x19\x01\x54\x19", false, "super block of UFS2" },
	{ "jfs", "os2-4", 60, 32768, 4, "JFS1", true, "" },
	{ "jfs", "os2-4", 60, 3, 4, "OS2 ", false, "JFS with a boot sector of OS/2" },
	{ "jfs", NULL, 0, 32768, 4, "JFS1", false, "super block of JFS" },
	{ "xenix", "sco", 90, 1024 + 1016, 4, "\x44\x55\x2b\x00", false, "super block of XENIX" },
	{ "sysv", "sco", 80, 512 + 504, 4, "\x20\x7e\x18\xfd", false, "super block of System V" },
	{ "sysv", "sco", 80, 1024 + 504, 4, "\x20\x7e\x18\xfd", false, "super block of System V" },
	{ "vxfs", "unixware", 70, 1024, 4, "\xf5\xfc\x01\xa5", false, "super block of VxFS" },
	{ "netware", "netware", 92, 16384, 8, "HOTFIX00", false, "hot fix table of NetWare" },
	{ "hfs+", NULL, 0, 1024, 4, "H+\0\4", false, "super block of HFS+" },
	{ "ntfs", NULL, 0, 3, 8, "NTFS    ", false, "boot sector of NTFS" },
	{ "exfat", NULL, 0, 3, 8, "EXFAT   ", false, "boot sector of exFAT" },
	{ "xfs", NULL, 0, 0, 4, "XFSB", false, "super block of XFS" },
	{ "btrfs", NULL, 0, 65536 + 64, 8, "_BHRfS_M", false, "super block of btrfs" },
	{ "reiserfs", NULL, 0, 65536 + 52, 6, "ReIsEr", false, "super block of ReiserFS" },
	{ "iso9660", NULL, 0, 32769, 5, "CD001", false, "volume descriptor of ISO 9660" },
};

static bool has_mark(const struct reader *r, const struct mark *m)
{
	uint8_t bytes[16];

	return reader_get(r, m->at, bytes, m->len) == 0 && memcmp(bytes, m->bytes, m->len) == 0;
}

static void set(struct disk_head *h, const char *fs, const char *id, int sure, const char *evidence)
{
	h->fs = fs;
	h->id = id;
	h->sure = sure;
	free(h->evidence);
	h->evidence = xstrdup(evidence);
}

static bool by_marks(struct disk_head *h, const struct reader *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		bool all = has_mark(r, &marks[i]);

		while (marks[i].more) {
			i++;
			all = all && has_mark(r, &marks[i]);
		}
		if (all) {
			set(h, marks[i].fs, marks[i].id, marks[i].sure, marks[i].what);
			return true;
		}
	}
	return false;
}

/* UFS1 is shared by several systems; the BSDs have a disk label in front of it, Solaris another. */
static bool by_ufs(struct disk_head *h, const struct reader *r, unsigned int type)
{
	enum { SOLARIS = 0xbf, SOLARIS_OLD = 0x82, FREEBSD = 0xa5, OPENBSD = 0xa6, NETBSD = 0xa9 };
	uint8_t magic[4] = "", label[4] = "", vtoc[4] = "";
	bool ufs = reader_get(r, 8192 + 1372, magic, 4) == 0 && get_le32(magic) == 0x00011954;
	bool bsd = (reader_get(r, 512, label, 4) == 0 && get_le32(label) == 0x82564557) ||
		   (reader_get(r, 64, label, 4) == 0 && get_le32(label) == 0x82564557);
	bool sun = reader_get(r, 512 + 12, vtoc, 4) == 0 && get_le32(vtoc) == 0x600ddeee;

	if (sun && (type == SOLARIS || type == SOLARIS_OLD))
		set(h, "ufs", "solaris", 90, "disk label of Solaris");
	else if (bsd || type == FREEBSD || type == OPENBSD || type == NETBSD)
		set(h, "ufs", type == FREEBSD ? "freebsd" : type == OPENBSD || type == NETBSD ? "netbsd" : "bsd",
		    bsd ? (type ? 90 : 70) : 60, bsd ? "disk label of a BSD" : "partition type of a BSD");
	else if (ufs)
		set(h, "ufs", "bsd", 50, "super block of UFS1");
	return sun || bsd || ufs || h->fs;
}

/* Two bytes alone prove nothing: the numbers around them must fit too. */
static bool by_weak_marks(struct disk_head *h, const struct reader *r)
{
	static const uint16_t minix[] = { 0x137f, 0x138f, 0x2468, 0x2478 };
	uint8_t b[64];

	if (reader_get(r, 1024, b, sizeof(b)) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(minix); i++) {
		uint32_t zones = minix[i] < 0x2000 ? get_le16(b + 2) : get_le32(b + 20);

		if (get_le16(b + 16) == minix[i] && get_le16(b) > 0 && get_le16(b + 4) > 0 &&
		    get_le16(b + 6) > 0 && get_le16(b + 8) < zones && zones / 8 <= get_le16(b + 6) * 1024u) {
			set(h, "minix", "minix", 50, "super block of the MINIX file system");
			return true;
		}
	}
	if (get_le16(b + 56) == 0xef53 && get_le32(b) && get_le32(b + 4)) {
		set(h, "ext", NULL, 0, "super block of ext2 or its successors");
		return true;
	}
	if (b[0] == 'B' && b[1] == 'D' && b[2] < 0xff) {
		set(h, "hfs", NULL, 0, "super block of HFS");
		return true;
	}
	return false;
}

/* What only the partition's type says. */
static const struct {
	uint8_t type;
	const char *id;
	int sure;
	const char *what;
} types[] = {
	{ 0x4d, "qnx4", 60, "partition type of QNX 4" }, { 0x4e, "qnx4", 60, "partition type of QNX 4" },
	{ 0x4f, "qnx4", 60, "partition type of QNX 4" },
	{ 0xb1, "qnx6", 60, "partition type of QNX 6" }, { 0xb2, "qnx6", 60, "partition type of QNX 6" },
	{ 0xb3, "qnx6", 60, "partition type of QNX 6" },
	{ 0x63, "sco", 60, "partition type of UNIX System V" },
	{ 0x02, "sco", 60, "partition type of XENIX" },
	{ 0x65, "netware", 60, "partition type of NetWare" },
	{ 0xeb, "beos", 60, "partition type of BeOS" },
	{ 0x81, "minix", 40, "partition type of MINIX" },
	{ 0xdb, "cpm", 50, "partition type of CP/M-86 or Concurrent DOS" },
	{ 0x52, "cpm", 40, "partition type of CP/M" },
	{ 0x83, "oldlinux", 20, "partition type of Linux" },
};

static void by_type(struct disk_head *h, unsigned int type)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == type)
			set(h, NULL, types[i].id, types[i].sure, types[i].what);
}

void disk_head_read(struct disk_head *ret, const struct reader *reader, unsigned int type)
{
	struct disk_head h = { .evidence = xstrdup("") };

	if (!by_marks(&h, reader) && !disk_head_fat(&h, reader) && !by_ufs(&h, reader, type) &&
	    !by_weak_marks(&h, reader))
		by_type(&h, type);
	*ret = h;
}

void disk_head_clear(struct disk_head *h)
{
	free(h->evidence);
	free(h->windows);
	*h = (struct disk_head){ 0 };
}
