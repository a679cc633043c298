// SPDX-License-Identifier: GPL-2.0-or-later
/* Planning again: guests that run already stay where they are. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/cpulist.h"
#include "lib/problem_stay.h"

/* Finds the core that holds @cpu, and where in it. */
static bool find_cpu(const struct problem *p, uint32_t cpu, uint32_t *ret_core, uint32_t *ret_at)
{
	for (uint32_t k = 0; k < p->n_cores; k++)
		for (uint32_t t = 0; t < p->cores[k].n_cpus; t++)
			if (p->cores[k].cpu[t] == cpu) {
				*ret_core = k;
				*ret_at = t;
				return true;
			}
	return false;
}

static int cannot_stay(const struct partition *before, const char *why, struct error *err)
{
	error_set(err, ERR_UNSUPPORTED, "guest '%s' cannot stay where it runs, on processors %s: %s",
		  before->name, before->cpus, why);
	return error_hint(err, "plan again with --move, and stop the guests that move before the new "
			  "plan is used");
}

/* The search hands out the threads of a core from the first on: those in use go to the front. */
static void to_front(struct core *c, uint32_t at, uint32_t *n_front)
{
	uint32_t cpu = c->cpu[at], first = *n_front;

	if (at < first)
		return;
	c->cpu[at] = c->cpu[first];
	c->cpu[first] = cpu;
	*n_front = first + 1;
}

static int keep_cpus(struct problem *p, struct demand *d, uint32_t *n_front, struct error *err)
{
	struct cpuset cpus = CPUSET_INIT;
	uint32_t n = 0;

	if (cpulist_parse(d->before->cpus, &cpus, err) < 0)
		return -1;
	for (uint32_t cpu = 0; cpu < CPU_MAX; cpu++) {
		uint32_t core, at;

		if (!cpuset_has(&cpus, cpu))
			continue;
		if (!find_cpu(p, cpu, &core, &at))
			return cannot_stay(d->before, "the host has one of them no longer to give", err);
		if (n && p->cores[core].cell != p->cores[d->stay->core[0]].cell)
			return cannot_stay(d->before, "they are not close together on this host", err);
		if (d->class == CLASS_PINNED)
			to_front(&p->cores[core], at, &n_front[core]);
		d->stay->core[n++] = core;
	}
	return n == d->cpus ? 0 : cannot_stay(d->before, "their number has changed", err);
}

static int keep_node(const struct problem *p, struct demand *d, struct error *err)
{
	for (uint32_t i = 0; i < p->n_nodes; i++)
		if ((int64_t)p->nodes[i].id == d->before->node) {
			d->stay->node = i;
			return 0;
		}
	return cannot_stay(d->before, "its memory node is gone", err);
}

static int keep_ways(struct problem *p, struct demand *d, struct error *err)
{
	struct cache_room *room;

	if (!d->before->cache_ways || !d->ways) {
		d->ways = d->before->cache_ways ? d->ways : 0;
		return 0;
	}
	room = &p->caches[p->cells[p->cores[d->stay->core[0]].cell].cache];
	if (room->level != d->before->cache_level || room->id != d->before->cache_id ||
	    (room->bits < 64 && d->before->cache_ways >> room->bits))
		return cannot_stay(d->before, "its cache is another one now", err);
	room->taken |= d->before->cache_ways;
	p->classes -= p->classes > 0;
	d->ways = 0;
	return 0;
}

static const struct partition *find(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->n_partitions; i++)
		if (strcmp(plan->partitions[i].name, name) == 0)
			return &plan->partitions[i];
	return NULL;
}

int problem_keep_places(struct problem *p, const struct plan *plan, unsigned int relax,
			struct error *err)
{
	CLEANUP_FREE uint32_t *n_front = xcalloc(p->n_cores + 1, sizeof(*n_front));

	for (size_t i = 0; i < p->n_demands; i++) {
		struct demand *d = &p->demands[i];
		const struct partition *now = &plan->partitions[d->guest];
		const struct partition *before = find(plan->previous, now->name);

		if (!before || before->class != now->class || before->vcpus != now->vcpus ||
		    d->class != now->class)
			continue;
		d->before = before;
		d->stay = xcalloc(1, sizeof(*d->stay));
		if (keep_cpus(p, d, n_front, err) < 0 ||
		    (!(relax & RELAX_NEIGHBOURS) && keep_node(p, d, err) < 0) ||
		    (!(relax & (RELAX_CACHE | RELAX_NEIGHBOURS)) && keep_ways(p, d, err) < 0))
			return -1;
	}
	return 0;
}
