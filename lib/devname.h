/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_DEVNAME_H
#define REHOST_DEVNAME_H

/*
 * The names that Linux has for file systems, and which of them survive a change of the disk's bus:
 * /dev/sda1 and /dev/disk/by-path/… do not, UUID=… and /dev/mapper/vg-root do.
 */

#include "lib/inspection.h"

enum devname_kind {
	DEVNAME_STABLE,		/* by UUID, label, volume group, array: means the same on any bus */
	DEVNAME_BUS,		/* by controller, position, model: changes with the machine       */
	DEVNAME_OTHER,		/* no disk at all: proc, tmpfs, nfs, /dev/cdrom, /dev/fd0         */
};

/** devname_kind - what sort of name it is */
enum devname_kind devname_kind(const char *spec);

/**
 * devname_resolve - the file system that a name means on the old PC
 * @in:   the inspection
 * @spec: UUID=…, LABEL=…, /dev/sda1, /dev/hda1, /dev/disk/by-…, /dev/vg/lv, …
 *
 * Names by position take the order of the captured disks: sda and hda are disk 0.
 *
 * Return: the file system or partition, or NULL if it is on none of the disks.
 */
const struct inspected_fs *devname_resolve(const struct inspection *in, const char *spec);

/**
 * devname_stable - a name for the same file system that survives a change of the bus
 * @in:   the inspection
 * @spec: a name of the old PC
 *
 * Return: "UUID=…", else "PARTUUID=…"; NULL if @spec needs no change or means nothing that is here.
 * The caller frees it.
 */
char *devname_stable(const struct inspection *in, const char *spec);

#endif
