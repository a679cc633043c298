/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PLAN_VERIFY_H
#define REHOST_PLAN_VERIFY_H

/*
 * The second opinion on a plan: adds everything up again from the profile and the plan alone, and
 * shares no code with the search. It judges plans that were edited by hand just the same.
 */

#include "lib/plan.h"
#include "lib/report.h"

/**
 * plan_verify - does this plan keep all rules?
 * @plan: a plan with its host and guests
 * @ret:  a finding of severity error for each rule that is broken, with its remedy
 */
void plan_verify(const struct plan *plan, struct report *ret);

#endif
