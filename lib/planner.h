/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PLANNER_H
#define REHOST_PLANNER_H

/*
 * The search: exact branch and bound over a planning problem, depth first, most demanding guest
 * first. Cores that are in the same state are tried once, and equal guests in one order only. What
 * shared guests need at least is itself searched for, as loads in the room of cores (planner_pack.h).
 * The budget counts nodes of both, never time, so that the same input gives the same answer everywhere.
 *
 *	struct placement *where = xcalloc(problem.n_demands, sizeof(*where));
 *	struct search_result r;
 *
 *	planner_search(&problem, PLANNER_BUDGET, where, &r);
 */

#include "lib/problem.h"

#define PLANNER_BUDGET UINT64_C(2000000)

enum plan_answer { ANSWER_OPTIMAL, ANSWER_FEASIBLE, ANSWER_INFEASIBLE, ANSWER_UNKNOWN };

struct search_result {
	enum plan_answer answer;
	uint64_t cost;		/* of the best answer found                            */
	uint64_t bound;		/* no answer costs less                                */
	uint64_t nodes;		/* looked at                                           */
};

/**
 * planner_search - the cheapest way to place all demands
 * @p:         the problem
 * @budget:    nodes to look at, at most
 * @ret_where: a placement for each demand, set if the answer is optimal or feasible
 * @ret:       the answer
 *
 * A signal ends the search as the end of the budget does: ask interrupt_check() behind it.
 *
 * Cost: COST_CORE for each core in use, COST_REMOTE for each guest whose memory is behind another
 * node, COST_PERFORMANCE for each performance core under a guest that did not ask for it.
 */
void planner_search(const struct problem *p, uint64_t budget, struct placement *ret_where,
		    struct search_result *ret);

/** plan_answer_name - optimal, feasible, infeasible, unknown */
const char *plan_answer_name(enum plan_answer answer);

#endif
