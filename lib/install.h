/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_INSTALL_H
#define REHOST_INSTALL_H

/*
 * Bundles and releases below the state folder (lib/instance.h). Each step is whole or not there: a
 * bundle is unpacked under another name and renamed, a release as well, and the document that makes a
 * release the current one is replaced at the end.
 */

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/bundle.h"
#include "lib/instance.h"

/**
 * install_bundle - unpack a verified bundle, unless it is there already
 * @state:    the state folder, made if it is not there
 * @b:        the bundle; its trust and revision have been checked
 * @progress: or NULL
 * @ret:      name of its folder below bundles/; the caller frees it
 */
int install_bundle(const char *state, const struct bundle *b, struct progress *progress,
		   char **ret, struct error *err);

#define INSTALL_RAW "disk%zu.raw"	/* a disk of a guest, for a hypervisor that reads no qcow2 */

struct install_options {
	bool raw;			/* the disks as sparse raw files, read back   */
	struct progress *progress;	/* of making them; or NULL                    */
};

/**
 * install_prepare - a new release of one guest from an unpacked bundle
 * @inst:    the guest; it may run: what it runs on is not touched
 * @folder:  from install_bundle()
 * @b:       the bundle
 * @target:  the hypervisor
 * @options: how its disks are placed
 *
 * The release is the last one in @inst->releases then, but not yet the current one.
 */
int install_prepare(struct instance *inst, const char *folder, const struct bundle *b,
		    const char *target, const struct install_options *options, struct error *err);

/** install_activate - the last release becomes the current one, in memory and on disk */
int install_activate(struct instance *inst, struct error *err);

/** install_reset - the current release gets fresh overlays: its disks are pristine again */
int install_reset(const struct instance *inst, struct error *err);

/**
 * install_remove - the guest is not installed any more
 * @inst:     must not run
 * @purge:    delete what it wrote to its disks, too
 * @ret_kept: where that is kept, NULL if it is deleted; the caller frees it
 *
 * With a purge, bundles that no guest needs any more are deleted as well.
 */
int install_remove(struct instance *inst, bool purge, char **ret_kept, struct error *err);

/** install_drop_bundle - delete an unpacked bundle, unless a guest, kept disks or the host need it */
int install_drop_bundle(const char *state, const char *folder, struct error *err);

#endif
