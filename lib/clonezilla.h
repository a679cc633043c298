/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CLONEZILLA_H
#define REHOST_CLONEZILLA_H

/*
 * A folder that Clonezilla saved a disk to. For the disk sda it holds
 *
 *	disk				the names of the disks
 *	sda-pt.sf, sda-pt.parted	its partitions, as sfdisk and parted print them
 *	sda-mbr, sda-hidden-data-after-mbr	the first sector; those up to the first partition
 *	sda-gpt-1st, sda-gpt-2nd	sectors 0 to 33, and the last 33
 *	sda2-ebr			the first sector of an extended partition
 *	sda1.ext4-ptcl-img.zst.aa, …	a partition: an image of partclone, or its bytes, packed and split
 *	swappt-sda5.info		UUID and label of swap space, whose contents are not kept
 *
 * Out of these comes a disk with the same partitions at the same places. The sectors that chain logical
 * partitions are made anew, and so is the first page of swap space.
 *
 * Source: stevenshiau/clonezilla, scripts/sbin/ocs-functions.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/strv.h"

enum { CLONEZILLA_DISKS_MAX = 64, CLONEZILLA_PARTS_MAX = 256 };

/* Bytes of the disk, and where they come from: one of the three. */
struct clonezilla_area {
	uint64_t start, size;		/*                              [bytes] */
	uint8_t *bytes;			/* here they are                        */
	char *file;			/* in this file, which is not packed    */
	struct strv image;		/* in the parts of this image           */
};

struct clonezilla {
	uint64_t size;			/* of the disk                  [bytes] */
	uint64_t sector_size;		/* logical                      [bytes] */
	struct clonezilla_area *areas;	/* later ones lie over earlier ones     */
	size_t n_areas;
};

#define CLONEZILLA_INIT { 0 }

/** clonezilla_disks - names of the disks in a folder; ERR_FORMAT if Clonezilla did not save whole disks there */
int clonezilla_disks(const char *dir, struct strv *ret, struct error *err);

/**
 * clonezilla_open - how a disk lies in a folder
 * @ret:  clonezilla_clear() frees it
 * @dir:  the folder
 * @disk: one of its disks
 * @err:  ERR_FORMAT, ERR_NOT_FOUND for a partition without an image, ERR_UNSUPPORTED for an image of another
 *        program, and for logical volumes
 */
int clonezilla_open(struct clonezilla *ret, const char *dir, const char *disk, struct error *err);

void clonezilla_clear(struct clonezilla *c);

#define CLEANUP_CLONEZILLA __attribute__((cleanup(clonezilla_clear)))

/* One line of sfdisk's dump. */
struct clonezilla_part {
	char *name;			/* sda1                                 */
	uint64_t start, size;		/*                              [bytes] */
	uint64_t type;			/* of an MBR; 0: it has a GUID          */
	bool bootable, swap;
};

/** clonezilla_parts - the partitions in sfdisk's dump, of the versions before and since 2.26 */
int clonezilla_parts(const char *text, uint64_t sector_size, struct clonezilla_part **ret, size_t *ret_n,
		     struct error *err);
void clonezilla_parts_free(struct clonezilla_part *parts, size_t n);

/** clonezilla_is_extended - does a partition only hold others? */
bool clonezilla_is_extended(const struct clonezilla_part *p);

/**
 * clonezilla_chain - the sectors that lead to the logical partitions
 * @parts: of the disk, with an extended one
 * @boot:  the first such sector of then, whose code is kept; or NULL
 * @ret:   an area for each is appended
 */
int clonezilla_chain(const struct clonezilla_part *parts, size_t n, const uint8_t *boot,
		     struct clonezilla *ret, struct error *err);

/** clonezilla_swap_page - first page of swap space of this size; @info: the text of swappt-….info */
uint8_t *clonezilla_swap_page(uint64_t size, const char *info);

#endif
