/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_LAUNCH_PREPARE_H
#define REHOST_LAUNCH_PREPARE_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/target/target.h"

/**
 * launch_prepare - show what the plan of a bundle needs of this host, and do it
 * @state:  the state folder
 * @folder: the unpacked bundle, below bundles/
 * @target: the hypervisor that is to run it
 * @root:   "/", or a copy of /sys and /proc
 * @really: or only show it
 */
int launch_prepare(const char *state, const char *folder, const struct target *target,
		   const char *root, bool really, struct error *err);

/**
 * launch_prepare_again - what ended with the last start of the host, or was not finished
 *
 * Return: 1: the host is prepared, 0: nobody ever asked for that, -1.
 */
int launch_prepare_again(const char *state, const char *root, struct error *err);

/** launch_prepare_alone - the same, on demand: ERR_NOT_FOUND if it never was prepared */
int launch_prepare_alone(const char *state, const char *root, struct error *err);

/** launch_unprepare - undo it */
int launch_unprepare(const char *state, const char *root, struct error *err);

#endif
