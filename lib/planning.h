/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PLANNING_H
#define REHOST_PLANNING_H

/*
 * Making a plan: wishes and guests become demands, devices are assigned, the search places the rest,
 * and where nothing fits the smallest change that would make it fit is named.
 *
 *	plan.host, plan.partitions[].guest are filled; then
 *	if (plan_make(&plan, &line, &options, &why, &answer, err) < 0)
 *		return -1;
 */

#include "lib/line.h"
#include "lib/plan.h"
#include "lib/planner.h"

struct planning_options {
	uint64_t budget;		/* nodes of the search                       */
	bool no_reasons;		/* do not look for the cause if nothing fits */
};

/**
 * plan_make - decide who gets what
 * @plan:    host and guests are given, the partitions are filled in
 * @line:    wishes, or NULL
 * @options: budget, previous plan
 * @why:     why it does not fit; empty if it does
 * @ret:     optimal, feasible, infeasible, unknown
 * @err:     ERR_FORMAT for wishes or profiles that make no sense
 *
 * Return: 0 whenever there is an answer, also "infeasible".
 */
int plan_make(struct plan *plan, const struct line *line, const struct planning_options *options,
	      struct report *why, enum plan_answer *ret, struct error *err);

/** plan_write_lp - the search's problem of a plan that plan_make() was given, as a LP file */
int plan_write_lp(const struct plan *plan, const struct line *line, const char *path,
		  struct error *err);

/** plan_check_wishes - guests that the request names are there, and no two have one name */
int plan_check_wishes(const struct plan *plan, const struct line *line, struct error *err);

/** plan_defaults - class, CPUs, speed, memory of each partition from its guest and the wishes */
int plan_defaults(struct plan *plan, const struct line *line, struct error *err);

/** plan_start_order - start order from dependences; ERR_FORMAT names a circle */
int plan_start_order(struct plan *plan, struct error *err);

/** plan_explain_failure - the smallest set of rules or guests whose removal makes it fit */
int plan_explain_failure(const struct plan *plan, const struct line *line, uint64_t budget,
			 struct report *why, struct error *err);

/** plan_say_numbers - what is asked for and what the host has, for somebody who changes one of them */
int plan_say_numbers(const struct plan *plan, const struct line *line, struct report *why,
		     struct error *err);

#endif
