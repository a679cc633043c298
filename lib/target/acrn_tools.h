/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_ACRN_TOOLS_H
#define REHOST_TARGET_ACRN_TOOLS_H

/* The judgement of ACRN's own tools about what was generated. */

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/base/progress.h"
#include "lib/report.h"

/**
 * acrn_tools_judge - run ACRN's validator, allocators and generators
 * @source:   a tree of ACRN's source; nothing is written into it
 * @dir:      folder with board.xml and scenario.xml
 * @build:    go on to make the hypervisor
 * @progress: or NULL
 * @ret:      a note for each step that passed, an error with the tool's words for one that did not
 * @err:      a step that could not be made: no such tree, no Python with the modules that the
 *            validator needs (without them it would say yes to everything)
 */
int acrn_tools_judge(const char *source, const char *dir, bool build, struct progress *progress,
		     struct report *ret, struct error *err);

#endif
