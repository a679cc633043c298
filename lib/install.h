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

enum { INSTALL_KEEP = 3 };	/* releases of a guest that are kept */

/**
 * install_bundle - unpack a verified bundle, unless it is there already
 * @state:    the state folder, made if it is not there
 * @b:        the bundle; its trust and revision have been checked
 * @progress: or NULL
 * @ret:      name of its folder below bundles/; the caller frees it
 */
int install_bundle(const char *state, const struct bundle *b, struct progress *progress,
		   char **ret, struct error *err);

/**
 * install_release - a new release of one guest from an unpacked bundle
 * @inst:   the guest; must not run. On success the release is the current one, in memory and on disk
 * @folder: from install_bundle()
 * @b:      the bundle
 * @target: the hypervisor
 */
int install_release(struct instance *inst, const char *folder, const struct bundle *b,
		    const char *target, struct error *err);

/** install_reset - the current release gets fresh overlays: its disks are pristine again */
int install_reset(const struct instance *inst, struct error *err);

#endif
