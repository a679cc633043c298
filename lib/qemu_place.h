/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_QEMU_PLACE_H
#define REHOST_QEMU_PLACE_H

/* The folder in which QEMU runs: overlays under the names of the guest's disks, and firmware. */

#include <stddef.h>

#include "lib/base/error.h"
#include "lib/guest.h"

/**
 * qemu_place_disks - an overlay for each disk of a guest
 * @g:        the guest
 * @dir:      the folder that gets them; must be empty of such files
 * @base_dir: folder of the disks that stay as they are, as seen from @dir or absolute
 * @err:      ERR_CHILD with the words of qemu-img
 */
int qemu_place_disks(const struct guest *g, const char *dir, const char *base_dir,
		     struct error *err);

/**
 * qemu_place_firmware - UEFI firmware and a fresh copy of its variables, if the guest wants them
 * @g:   the guest
 * @dir: the folder
 * @err: ERR_NOT_FOUND with the hint to install it
 */
int qemu_place_firmware(const struct guest *g, const char *dir, struct error *err);

/** qemu_place_tables - ACPI tables of its licences, where no configuration brings them */
int qemu_place_tables(const struct guest *g, const char *dir, struct error *err);

/** qemu_place_make - a new folder for a trial below TMPDIR or /var/tmp; the caller removes it */
int qemu_place_make(char **ret, struct error *err);

#endif
