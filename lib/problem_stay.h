/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PROBLEM_STAY_H
#define REHOST_PROBLEM_STAY_H

/* Guests that run already keep their cores, their memory node and their cache ways. */

#include "lib/problem.h"

/**
 * problem_keep_places - fix the place of each demand whose guest is in plan->previous
 * @p:     with host and demands
 * @plan:  whose previous plan it is
 * @relax: rules that are left out
 * @err:   ERR_UNSUPPORTED if a guest cannot stay, because the host or the guest has changed
 *
 * A guest that asks for other processors than before, or is of another class, does not stay.
 */
int problem_keep_places(struct problem *p, const struct plan *plan, unsigned int relax,
			struct error *err);

#endif
