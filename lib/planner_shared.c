// SPDX-License-Identifier: GPL-2.0-or-later
/* How many cores shared guests need at least: bounds for the search for a plan. */
#include "config.h"

#include "lib/base/alloc.h"
#include "lib/planner_state.h"

enum {
	CPU_LOADS_MAX = 1024,	/* with more loads the quick bound is left out */
	PACK_LIMIT = 300,	/* nodes for one question during the search    */
};

/* Loads that have to be put on cores of one speed: what is on open cores counts as one load each. */
struct loads {
	uint64_t load[CPU_LOADS_MAX];
	size_t n, n_open;
};

/* One guess of how large "small" is; see packing_bound(). */
static uint64_t bound_for(const struct loads *l, uint64_t room, uint64_t small)
{
	uint64_t alone = 0, large = 0, large_sum = 0, rest = 0;

	for (size_t i = 0; i < l->n; i++) {
		uint64_t load = l->load[i];

		if (load > room - small) {
			alone++;
		} else if (2 * load > room) {
			large++;
			large_sum += load;
		} else if (load >= small) {
			rest += load;
		}
	}
	large_sum = large * room - large_sum;		/* room beside them */
	return alone + large + (rest > large_sum ? divide_up(rest - large_sum, room) : 0);
}

/*
 * Cores that the loads need at least. Source: Martello, Toth, "Lower bounds and reduction procedures
 * for the bin packing problem", Discrete Applied Mathematics 28 (1990): bound L2.
 */
static uint64_t packing_bound(const struct loads *l, uint64_t room)
{
	uint64_t bound = bound_for(l, room, 0);

	for (size_t i = 0; i < l->n; i++)
		if (2 * l->load[i] <= room && (i == 0 || l->load[i] != l->load[i - 1]))
			bound = MAX(bound, bound_for(l, room, l->load[i]));
	return bound;
}

/* Shared cores beyond those that are open already. */
uint64_t state_shared_bound(const struct search *s, size_t i)
{
	const struct problem *p = s->p;
	struct loads l = { .n = 0 };
	uint64_t need;

	for (size_t k = 0; k < p->n_cores; k++)
		if (s->core[k].use == USE_SHARED) {
			l.load[l.n++] = s->core[k].load + s->max_mhz - p->cores[k].mhz;
			l.n_open++;
		}
	for (; i < p->n_demands; i++)
		for (uint32_t k = 0; p->demands[i].class == CLASS_SHARED && k < p->demands[i].cpus;
		     k++) {
			if (l.n == CPU_LOADS_MAX)
				return 0;
			l.load[l.n++] = p->demands[i].mhz;
		}
	need = packing_bound(&l, s->max_mhz);
	return need > l.n_open ? need - l.n_open : 0;
}

/* Room of the cores that are shared already, then of the @fresh fastest that are free. */
static size_t list_rooms(const struct search *s, uint64_t fresh, uint64_t *room)
{
	size_t n = 0, first;

	for (size_t k = 0; k < s->p->n_cores; k++)
		if (s->core[k].use == USE_SHARED)
			room[n++] = s->p->cores[k].mhz - s->core[k].load;
	first = n;
	for (size_t k = 0; k < s->p->n_cores; k++) {
		size_t at = n;

		if (s->core[k].use != USE_FREE)
			continue;
		for (; at > first && room[at - 1] < s->p->cores[k].mhz; at--)
			room[at] = room[at - 1];
		room[at] = s->p->cores[k].mhz;
		n++;
	}
	return MIN(n, first + fresh);
}

static bool may_fit(struct search *s, size_t i, uint64_t fresh, uint64_t limit, bool *ret_maybe)
{
	CLEANUP_FREE uint64_t *room = xcalloc(s->p->n_cores + 1, sizeof(*room));
	uint64_t before = packing_nodes(s->packing);
	bool ok;

	ok = packing_fits(s->packing, i, room, list_rooms(s, fresh, room),
			  MIN(limit, s->budget - s->nodes), ret_maybe);
	s->nodes += packing_nodes(s->packing) - before;
	return ok;
}

bool state_least_shared(struct search *s, uint64_t limit)
{
	bool maybe = false;

	if (!s->packing || s->p->demands[0].stay)
		return true;
	for (s->least_shared = MAX(state_shared_bound(s, s->first_shared), UINT64_C(1));
	     s->least_shared <= s->p->n_cores; s->least_shared++)
		if (may_fit(s, s->first_shared, s->least_shared, limit, &maybe))
			return true;
	return false;
}

bool state_can_pack(struct search *s, size_t i, uint64_t cost)
{
	bool maybe;

	return !s->packing || i < s->first_shared || i == s->p->n_demands ||
	       may_fit(s, i, (s->best - 1 - cost) / COST_CORE, PACK_LIMIT, &maybe);
}
