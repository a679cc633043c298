/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PLAN_PROCESSORS_H
#define REHOST_PLAN_PROCESSORS_H

/* Whether the processors of the host are of the kind that the guests' programs are for. */

#include <stdbool.h>

#include "lib/plan.h"

/**
 * plan_processors_fit - can the host's processors run every guest? None is emulated on an edge host
 * @plan: its host and guests
 * @why:  a finding of severity error for each guest that they cannot run
 *
 * Return: true if they can, or if the profile does not tell what they are.
 */
bool plan_processors_fit(const struct plan *plan, struct report *why);

#endif
