/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_DISK_HEAD_H
#define REHOST_DISK_HEAD_H

/*
 * Which system lies on a disk or partition, told from its first sectors: boot code, superblocks, and
 * on FAT the names of system files. For what no appliance mounts, or no converter for files knows.
 */

#include <stdbool.h>

#include "lib/fatfs.h"

enum { DISK_HEAD_CERTAIN = 90 };

struct disk_head {
	const char *fs;		/* fat16, hpfs, qnx4, …; NULL: none that is known   */
	const char *id;		/* row of lib/families.def; NULL: no system is seen */
	int sure;		/* of the system: 0 … 100                           */
	char *evidence;		/* what was seen, in words; "" if nothing           */
	char *windows;		/* on FAT, the folder of Windows: WIN95; or NULL    */
	struct fatfs fat;	/* if fs begins with fat; fat.reader is the caller's */
};

/**
 * disk_head_read - look at the head of a volume
 * @ret:    disk_head_clear() frees it
 * @reader: the volume; what cannot be read is as if it were not there
 * @type:   of its partition, 0: it is in none
 */
void disk_head_read(struct disk_head *ret, const struct reader *reader, unsigned int type);
void disk_head_clear(struct disk_head *h);

#define CLEANUP_DISK_HEAD __attribute__((cleanup(disk_head_clear)))

/* A boot record with its table. */
struct boot_record {
	bool valid;		/* has the signature                                 */
	bool table;		/* looks like a partition table                      */
	bool code;		/* there is something to run                         */
	bool volume;		/* is the boot sector of a volume, not of a disk     */
	const char *loader;	/* grub, lilo, os2-boot-manager, … or NULL           */
	uint32_t signature;	/* of the disk                                       */
	uint32_t heads, sectors;	/* that its entries were counted in; 0: not known */
	struct {
		uint8_t type;
		bool active;
		uint32_t lba, count;
	} entries[4];
};

/** boot_record_parse - read the first sector of a disk: 512 bytes */
void boot_record_parse(struct boot_record *ret, const uint8_t *sector);

#endif
