/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PLAN_CHECK_H
#define REHOST_PLAN_CHECK_H

/* The parts of plan_verify(). They use nothing of the search, so that its mistakes are not theirs. */

#include "lib/cpulist.h"
#include "lib/plan_verify.h"

struct check {
	const struct plan *plan;
	struct report *ret;
	struct cpuset *cpus;	/* of each partition */
	struct cpuset reserve, isolated;
};

void check_broken(struct check *c, const char *subject, const char *fmt, ...) PRINTF_LIKE(3, 4);
const struct machine_thread *check_thread(const struct machine *m, uint32_t cpu);

void check_memory(struct check *c);
void check_cache(struct check *c);
void check_devices(struct check *c);
void check_disk(struct check *c);
void check_price(struct check *c);

#endif
