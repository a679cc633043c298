/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BUNDLE_STAGE_H
#define REHOST_BUNDLE_STAGE_H

/* The folder that a bundle is made from: exactly what it extracts to. */

#include "lib/bundle.h"
#include "lib/plan.h"

/* A disk that is stored when the archive is written. */
struct staged_disk {
	char *path;		/* in the bundle                    */
	char *from;		/* the image, with all it stands on */
	char *phase;		/* what progress calls it           */
	bool arm;		/* of a guest for arm64             */
};

struct staged_disks {
	struct staged_disk *list;
	size_t n;
};

void staged_disks_clear(struct staged_disks *d);

#define CLEANUP_STAGED_DISKS __attribute__((cleanup(staged_disks_clear)))

/**
 * bundle_stage - fill a folder with everything that a plan needs
 * @plan:    the plan; its guests and paths are changed to what lies in the folder
 * @dir:     the folder, empty
 * @options: targets, allow_unvalidated, progress
 * @ret:     its disks, which are not in the folder
 */
int bundle_stage(struct plan *plan, const char *dir, const struct bundle_write_options *options,
		 struct staged_disks *ret, struct error *err);

/**
 * bundle_stage_targets - write the configuration of each target into the folder
 * @again: the disks are stored, and the plan's guests know their digests now; the same files are written
 */
int bundle_stage_targets(const struct plan *plan, const char *dir, bool again,
			 const struct bundle_write_options *options, struct error *err);

struct tar_writer;

/**
 * bundle_put_disk - store a disk as the next file of an archive
 * @disk:     where it is
 * @ret:      its digest and size are set; tar_end_open() names it
 * @progress: or NULL
 *
 * It is flattened, and packed clusters are taken over, in one pass; then the image is read back: it
 * must look to a guest as the old one did.
 */
int bundle_put_disk(struct tar_writer *tar, const struct staged_disk *disk, struct bundle_file *ret,
		    struct progress *progress, struct error *err);

/** bundle_check_evidence - has the guest, as it is now, passed its validation? ERR_REFUSED if not */
int bundle_check_evidence(const struct guest *g, struct error *err);

#endif
