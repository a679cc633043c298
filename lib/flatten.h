/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_FLATTEN_H
#define REHOST_FLATTEN_H

/* Making a guest stand alone: whole disks instead of overlays, and the documents about the old PC. */

#include "lib/base/progress.h"
#include "lib/guest.h"

/**
 * flatten_disks - write whole disks and read them back
 * @g:        the guest; its disks are disk0.qcow2, … afterwards, its capture is forgotten
 * @dir:      folder of the new disks, where there are none of these names
 * @progress: or NULL
 * @err:      ERR_INTEGRITY if a new disk does not read as the old one
 */
int flatten_disks(struct guest *g, const char *dir, struct progress *progress, struct error *err);

#define FLATTEN_DISK "disk%zu.qcow2"	/* what they are called */

/** flatten_describe - the guest as it is then: the names of its disks, no capture */
void flatten_describe(struct guest *g);

/** flatten_origin - copy the documents of the capture in @capture to folder origin of @dir */
int flatten_origin(const char *capture, const char *dir, struct error *err);

/** flatten_copy_file - a small file from one folder to another */
int flatten_copy_file(const char *from_dir, const char *name, const char *to_dir,
		      struct error *err);

#endif
