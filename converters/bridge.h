/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CONVERTERS_BRIDGE_H
#define REHOST_CONVERTERS_BRIDGE_H

/*
 * Small disks that are added to a guest whose target has another firmware than the old PC. The
 * guest's own disks keep their boot records, and still start where they always did.
 */

#include "converters/converter.h"
#include "lib/fileset.h"

enum bridge_loader {
	BRIDGE_NONE,		/* firmware finds the loader among the files       */
	BRIDGE_GRUB_BIOS,	/* GRUB for BIOS in the first sectors              */
};

/** bridge_grub_modules - "part_msdos", …: what the GRUB of every bridge can read and do */
extern const char *const bridge_grub_modules[];

/**
 * bridge_grub_image - GRUB with the modules above in one file
 * @conv:   the conversion
 * @format: x86_64-efi, i386-pc
 * @prefix: where it looks for its grub.cfg
 * @ret:    the image; the caller frees it
 * @err:    ERR_NOT_FOUND with the package to install
 */
int bridge_grub_image(struct conversion *conv, const char *format, const char *prefix, char **ret,
		      size_t *ret_len, struct error *err);

/**
 * bridge_add_disk - a disk of one FAT partition behind the guest's own, from which it starts
 * @conv:   the conversion; nothing is made in a dry run
 * @files:  what is on it
 * @loader: what its first sectors hold
 * @why:    for the list of changes
 * @ret:    gets the disk, which becomes the one that is started from, and a change for each file
 * @err:    ERR_NOT_FOUND if a program for it is not installed
 */
int bridge_add_disk(struct conversion *conv, struct fileset *files, enum bridge_loader loader,
		    const char *why, struct guest *ret, struct error *err);

/**
 * bridge_list_program - what starts the guest from the added disk, in the guest's document
 * @ret:     a guest to which bridge_add_disk() has just added its disk
 * @name:    of the program
 * @version: of it, or NULL
 * @source:  where it was taken from
 */
void bridge_list_program(struct guest *ret, const char *name, const char *version,
			 const char *source);

/** bridge_grub_version - "2.06-13+deb12u1", of the GRUB of this machine; to be freed; NULL: not said */
char *bridge_grub_version(void);

enum { BRIDGE_START = 1 << 20 };	/* of the partition on it [bytes] */

/** bridge_signature - of the disk that bridge_add_disk() makes: follows from the guest's name */
uint32_t bridge_signature(const struct conversion *conv);

/** bridge_name_disk - "disk2.qcow2", the file of the next disk of a guest; to be freed */
char *bridge_name_disk(const struct conversion *conv, const struct guest *g);

#endif
