/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_FLEET_H
#define REHOST_FLEET_H

/*
 * One line on several hosts: which guest runs where, so that each host has a plan that keeps all rules,
 * and so that after the loss of any one host its movable guests still fit on the others (N-1).
 *
 * A guest is movable unless the request says movable="no", or asks for a device that no other host has.
 */

#include "lib/planning.h"

enum { FLEET_HOSTS_MAX = 16 };

struct fleet {
	struct plan *plans;	/* one a host: dir, name, host, host_path are given */
	size_t n;
	struct plan all;	/* guests that are to be spread; empty afterwards   */
	bool failover;		/* insist on N-1                                    */
};

/**
 * fleet_plan - spread the guests over the hosts
 * @f:       hosts and guests are given; the plans are filled in
 * @line:    wishes, or NULL
 * @options: for the search on each host
 * @why:     why it does not fit, or what does not survive the loss of which host
 * @ret:     feasible, infeasible, or unknown when the budget ran out
 * @err:     ERR_FORMAT for wishes or profiles that make no sense
 */
int fleet_plan(struct fleet *f, const struct line *line, const struct planning_options *options,
	       struct report *why, enum plan_answer *ret, struct error *err);

#endif
