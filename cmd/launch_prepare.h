/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_LAUNCH_PREPARE_H
#define REHOST_LAUNCH_PREPARE_H

#include <stdbool.h>

#include "lib/base/error.h"

/**
 * launch_prepare - show what the plan of a bundle needs of this host, and do it
 * @state:  the state folder
 * @folder: the unpacked bundle
 * @root:   "/", or a copy of /sys and /proc
 * @apply:  or only show it
 */
int launch_prepare(const char *state, const char *folder, const char *root, bool apply,
		   struct error *err);

/** launch_unprepare - undo it */
int launch_unprepare(const char *state, const char *root, struct error *err);

#endif
