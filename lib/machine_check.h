/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_MACHINE_CHECK_H
#define REHOST_MACHINE_CHECK_H

/*
 * The semantic pass over a profile, after its schema: contradictions inside it, and what it does not
 * tell that planning needs. Each finding names element and value, the reason, and the remedy.
 */

#include "lib/machine.h"
#include "lib/report.h"

/**
 * machine_check - does a profile contradict itself?
 * @m:   the profile
 * @ret: an error for each contradiction; a profile with one is not planned for
 */
void machine_check(const struct machine *m, struct report *ret);

/**
 * machine_check_planning - what is missing for planning
 * @m:   the profile
 * @ret: an error for what stops a plan, a warning for what limits it
 */
void machine_check_planning(const struct machine *m, struct report *ret);

/** machine_refuse - ERR_FORMAT with the first contradiction, if there is one */
int machine_refuse(const struct machine *m, struct error *err);

/** machine_refuse_planning - the same, and ERR_UNSUPPORTED where a plan cannot be made for it */
int machine_refuse_planning(const struct machine *m, struct error *err);

#endif
