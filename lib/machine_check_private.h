/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_MACHINE_CHECK_PRIVATE_H
#define REHOST_MACHINE_CHECK_PRIVATE_H

/* The parts of machine_check(). For lib/machine_check*.c only. */

#include "lib/cpulist.h"
#include "lib/machine_check.h"

struct machine_checking {
	const struct machine *m;
	struct report *ret;
	struct cpuset cpus;	/* that are described */
};

/** machine_wrong - element with its value, why it cannot be, and what to do */
void machine_wrong(struct machine_checking *c, const char *element, const char *remedy,
		   const char *fmt, ...) PRINTF_LIKE(4, 5);

void machine_check_caches(struct machine_checking *c);
void machine_check_devices(struct machine_checking *c);

#endif
