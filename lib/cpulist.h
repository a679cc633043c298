/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CPULIST_H
#define REHOST_CPULIST_H

/* Sets of CPUs, written as Linux writes them: 0-3,8. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"

enum { CPU_MAX = 1024 };	/* a host with a higher CPU number is refused */

struct cpuset {
	uint64_t bits[CPU_MAX / 64];
};

#define CPUSET_INIT { { 0 } }

static inline bool cpuset_has(const struct cpuset *s, uint32_t cpu)
{
	return cpu < CPU_MAX && (s->bits[cpu / 64] >> (cpu % 64) & 1);
}

static inline void cpuset_add(struct cpuset *s, uint32_t cpu)
{
	s->bits[cpu / 64] |= UINT64_C(1) << (cpu % 64);
}

static inline void cpuset_remove(struct cpuset *s, uint32_t cpu)
{
	s->bits[cpu / 64] &= ~(UINT64_C(1) << (cpu % 64));
}

uint32_t cpuset_count(const struct cpuset *s);
bool cpuset_overlap(const struct cpuset *a, const struct cpuset *b);

/** cpuset_within - is every CPU of @a in @b? */
bool cpuset_within(const struct cpuset *a, const struct cpuset *b);

/**
 * cpulist_parse - "0-3,8" as a set
 * @text: the list; NULL and "" are the empty set
 * @ret:  the set, untouched on failure
 * @err:  ERR_FORMAT for anything else, ranges that run backwards and CPUs from CPU_MAX on
 */
int cpulist_parse(const char *text, struct cpuset *ret, struct error *err);

/** cpulist_format - the shortest list for a set; the caller frees it */
char *cpulist_format(const struct cpuset *s);

#endif
