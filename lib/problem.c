// SPDX-License-Identifier: GPL-2.0-or-later
/* The planning problem: what each guest demands, in the order in which the search places them. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/problem.h"
#include "lib/problem_host.h"
#include "lib/problem_stay.h"

const char *relax_words(enum relax relax)
{
	switch (relax) {
	case RELAX_RESERVE:
		return "what the host keeps for itself";
	case RELAX_WHOLE_CORES:
		return "whole cores for real-time guests";
	case RELAX_OWN_THREADS:
		return "threads of their own for pinned guests";
	case RELAX_MHZ:
		return "processor speed for shared guests";
	case RELAX_MEMORY:
		return "memory";
	case RELAX_NEIGHBOURS:
		return "cores and memory of a guest close together";
	case RELAX_CACHE:
		return "cache ways";
	case RELAX_CORE_TYPE:
		return "the type of core";
	case RELAX_STAY:
		return "guests of the previous plan stay where they are (--move lets them go)";
	default:
		return "nothing";
	}
}

static uint32_t default_ways(const struct problem *p, enum partition_class class)
{
	uint32_t ways = 0;

	for (size_t i = 0; class == CLASS_RT && i < p->n_caches; i++)
		if (p->caches[i].bits)
			ways = MAX(ways, p->caches[i].min_bits);
	return ways == 1 ? 2 : ways;
}

static void apply_relax(struct demand *d, unsigned int relax)
{
	if (relax & RELAX_WHOLE_CORES && d->class == CLASS_RT)
		d->class = CLASS_PINNED;
	if (relax & RELAX_OWN_THREADS && d->class == CLASS_PINNED) {
		d->class = CLASS_SHARED;
		d->mhz = 0;
	}
	if (relax & RELAX_MHZ)
		d->mhz = 0;
	if (relax & RELAX_MEMORY)
		d->memory = 0;
	if (relax & (RELAX_CACHE | RELAX_NEIGHBOURS))
		d->ways = 0;
	if (relax & RELAX_CORE_TYPE)
		d->core_type = CORE_ANY;
}

static enum core_wish core_type_of(const struct line_guest *wish, enum partition_class class)
{
	if (wish && wish->core_type != CORE_DEFAULT)
		return wish->core_type;
	return class == CLASS_RT ? CORE_PERFORMANCE : CORE_ANY;
}

static int add_demand(struct problem *p, const struct partition *part, size_t index,
		      const struct line *line, unsigned int relax, struct error *err)
{
	const struct line_guest *wish = line_find(line, part->name);
	struct demand *d;
	uint64_t memory;

	if (part->vcpus == 0 || part->vcpus > DEMAND_CPUS_MAX)
		return error_set(err, ERR_UNSUPPORTED, "guest '%s' wants %" PRIu64 " processors",
				 part->name, part->vcpus);
	if (ADD_OVERFLOW(part->memory, part->overhead, &memory))
		return error_set(err, ERR_FORMAT, "guest '%s' wants too much memory", part->name);
	d = APPEND(p->demands, p->n_demands);
	*d = (struct demand){
		.guest = index,
		.class = part->class,
		.cpus = (uint32_t)part->vcpus,
		.mhz = part->class == CLASS_SHARED ? part->mhz : 0,
		.memory = memory,
		.core_type = core_type_of(wish, part->class),
		.ways = default_ways(p, part->class),
	};
	if (wish && wish->cache_ways >= 0)
		d->ways = (uint32_t)MIN(wish->cache_ways, (int64_t)INT32_MAX);
	apply_relax(d, relax);
	return 0;
}

/* Guests that stay come first: their place is not searched for.
 * Then the most demanding, so that a dead end shows early; equal demands stand together. */
static int harder_first(const void *a_, const void *b_)
{
	const struct demand *a = a_, *b = b_;

	if (!a->stay != !b->stay)
		return a->stay ? -1 : 1;
	if (a->class != b->class)
		return a->class > b->class ? -1 : 1;
	if (a->cpus * (a->class == CLASS_SHARED ? a->mhz : 1) !=
	    b->cpus * (b->class == CLASS_SHARED ? b->mhz : 1))
		return a->cpus * (a->class == CLASS_SHARED ? a->mhz : 1) >
			       b->cpus * (b->class == CLASS_SHARED ? b->mhz : 1) ? -1 : 1;
	if (a->cpus != b->cpus)
		return a->cpus > b->cpus ? -1 : 1;
	if (a->ways != b->ways)
		return a->ways > b->ways ? -1 : 1;
	if (a->memory != b->memory)
		return a->memory > b->memory ? -1 : 1;
	if (a->core_type != b->core_type)
		return a->core_type > b->core_type ? -1 : 1;
	return a->guest < b->guest ? -1 : 1;
}

int problem_make(struct problem *ret, const struct plan *plan, const struct line *line,
		 unsigned int relax, struct error *err)
{
	struct problem p CLEANUP_PROBLEM = PROBLEM_INIT;

	if (plan->n_partitions > GUESTS_MAX)
		return error_set(err, ERR_UNSUPPORTED, "%zu guests are more than the %d that can be "
				 "planned on one host", plan->n_partitions, GUESTS_MAX);
	if (problem_add_host(&p, &plan->host, relax, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->n_partitions; i++)
		if (add_demand(&p, &plan->partitions[i], i, line, relax, err) < 0)
			return -1;
	if (plan->previous && !(relax & RELAX_STAY) && problem_keep_places(&p, plan, relax, err) < 0)
		return -1;
	if (p.n_demands)
		qsort(p.demands, p.n_demands, sizeof(*p.demands), harder_first);
	*ret = p;
	p = (struct problem)PROBLEM_INIT;
	return 0;
}

void problem_clear(struct problem *p)
{
	for (size_t i = 0; i < p->n_demands; i++)
		free(p->demands[i].stay);
	free(p->demands);
	free(p->cores);
	*p = (struct problem)PROBLEM_INIT;
}
