// SPDX-License-Identifier: GPL-2.0-or-later
/* Guests of one kind of processor on hosts of another: refused before anything is placed. */
#include "config.h"

#include "lib/plan_processors.h"

bool plan_processors_fit(const struct plan *plan, struct report *why)
{
	bool fit = true;

	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct guest *g = &plan->partitions[i].guest;
		bool arm = guest_is_arm(g);

		if (machine_runs(&plan->host, (enum word)g->device[DIM_WORD]))
			continue;
		fit = false;
		report_remedy(report_add(why, FINDING_ERROR, g->name,
					 "the processors of %s (%s) do not run the programs of %s, under no "
					 "hypervisor", plan->host.name, plan->host.arch,
					 arm ? "a guest for arm64" : "a PC"),
			      "choose %s host", arm ? "an aarch64" : "an x86-64");
	}
	return fit;
}
