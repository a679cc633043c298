/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BUNDLE_STAGE_H
#define REHOST_BUNDLE_STAGE_H

/* The folder that a bundle is made from: exactly what it extracts to. */

#include "lib/bundle.h"
#include "lib/plan.h"

/**
 * bundle_stage - fill a folder with everything that a plan needs
 * @plan:    the plan; its guests and paths are changed to what lies in the folder
 * @dir:     the folder, empty
 * @options: targets, allow_unvalidated, progress
 */
int bundle_stage(struct plan *plan, const char *dir, const struct bundle_write_options *options,
		 struct error *err);

/** bundle_check_evidence - has the guest, as it is now, passed its validation? ERR_REFUSED if not */
int bundle_check_evidence(const struct guest *g, struct error *err);

#endif
