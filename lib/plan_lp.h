/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PLAN_LP_H
#define REHOST_PLAN_LP_H

/* A planning problem as a mixed integer program in CPLEX LP format, which glpsol and cbc read. */

#include <stdio.h>

#include "lib/problem.h"

/** problem_write_lp - the same rules and the same price as the search has */
void problem_write_lp(const struct problem *p, FILE *out);

#endif
