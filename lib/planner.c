// SPDX-License-Identifier: GPL-2.0-or-later
/* The search for the cheapest plan: branch and bound, depth first. */
#include "config.h"

#include "lib/base/alloc.h"
#include "lib/planner.h"
#include "lib/planner_state.h"

static void search(struct search *s, size_t i);

/* Equal demands may swap places without changing anything: only one order of them is tried. */
static bool is_twin(const struct search *s, size_t i)
{
	const struct demand *a, *b;

	if (i == 0)
		return false;
	a = &s->p->demands[i - 1];
	b = &s->p->demands[i];
	return !a->stay && !b->stay && a->class == b->class && a->cpus == b->cpus && a->mhz == b->mhz &&
	       a->memory == b->memory && a->ways == b->ways && a->core_type == b->core_type;
}

static uint32_t least_core(const struct search *s, size_t i)
{
	return is_twin(s, i) ? s->where[i - 1].core[0] : 0;
}

static bool type_fits(const struct demand *d, const struct cell *c)
{
	if (d->core_type == CORE_PERFORMANCE)
		return !c->efficiency;
	if (d->core_type == CORE_EFFICIENCY)
		return c->efficiency;
	return true;
}

/* A performance core is worth more where there are efficiency cores for who needs no better. */
static bool wastes(const struct search *s, const struct demand *d, const struct cell *c)
{
	return s->hybrid && !c->efficiency && d->core_type != CORE_PERFORMANCE;
}

static uint64_t core_cost(const struct search *s, const struct demand *d, const struct cell *c,
			  size_t k)
{
	return (s->core[k].use == USE_FREE ? COST_CORE : 0) +
	       (wastes(s, d, c) && !s->core[k].wasted ? COST_PERFORMANCE : 0);
}

/* Its cores are chosen: their node is where its memory should be. Which it is, is decided last. */
static void with_home(struct search *s, size_t i, const struct cell *c)
{
	const struct demand *d = &s->p->demands[i];
	uint64_t *bound = d->class == CLASS_RT ? &s->rt_local[c->node] : &s->local[c->node];

	if (s->p->nodes[c->node].memory - s->rt_local[c->node] < d->memory &&
	    d->class == CLASS_RT)
		return;
	*bound += d->memory;
	s->home[i] = c->node;
	search(s, i + 1);
	*bound -= d->memory;
}

/* CPUs of the guest being placed that are on core @k already. */
static uint32_t own_cpus(const struct placement *w, uint32_t n, size_t k)
{
	uint32_t own = 0;

	while (n > 0 && w->core[n - 1] == k) {	/* they were placed in order */
		own++;
		n--;
	}
	return own;
}

/* Was a core tried for the same CPU that differs in nothing from @k? */
static bool tried_before(const struct search *s, size_t i, uint32_t n, size_t from, size_t k)
{
	for (size_t j = from; j < k; j++)
		if (state_same_core(s, j, k) && own_cpus(&s->where[i], n, j) == 0)
			return true;
	return false;
}

static bool has_room(const struct search *s, size_t i, uint32_t n, size_t k)
{
	const struct demand *d = &s->p->demands[i];
	const struct core_state *state = &s->core[k];
	const struct core *core = &s->p->cores[k];

	switch (d->class) {
	case CLASS_RT:
		return state->use == USE_FREE && core->whole;
	case CLASS_PINNED:
		return state->use == USE_FREE ||
		       (state->use == USE_PINNED && state->threads < core->n_cpus);
	default:
		return (state->use == USE_FREE || state->use == USE_SHARED) &&
		       own_cpus(&s->where[i], n, k) < core->n_cpus &&
		       state->load + d->mhz <= core->mhz;
	}
}

static void take_core(struct search *s, size_t i, const struct cell *c, uint32_t n, size_t k)
{
	static const enum core_use uses[] = { USE_SHARED, USE_PINNED, USE_RT };
	const struct demand *d = &s->p->demands[i];

	s->core[k].use = uses[d->class];
	s->core[k].wasted |= wastes(s, d, c);
	s->core[k].load += d->mhz;
	s->where[i].core[n] = (uint32_t)k;
	s->where[i].thread[n] = s->core[k].threads;
	s->core[k].threads += d->class == CLASS_PINNED;
}

/* CPU @n of demand @i and those after it, on cores from @from on; cores in use before fresh ones. */
static void place_cpus(struct search *s, size_t i, const struct cell *c, uint32_t n, size_t from)
{
	const struct demand *d = &s->p->demands[i];

	if (n == d->cpus) {
		with_home(s, i, c);
		return;
	}
	from = MAX(from, c->first);
	for (int fresh = 0; fresh <= 1; fresh++)
		for (size_t k = from; k < c->first + c->n && !s->done; k++) {
			struct core_state before = s->core[k];
			uint64_t cost = core_cost(s, d, c, k);

			if ((before.use == USE_FREE) != fresh || !has_room(s, i, n, k) ||
			    s->cost + cost >= s->best || tried_before(s, i, n, from, k))
				continue;
			take_core(s, i, c, n, k);
			s->cost += cost;
			place_cpus(s, i, c, n + 1, k);
			s->cost -= cost;
			s->core[k] = before;
		}
}

/* A guest that stays has one place. */
static void place_again(struct search *s, size_t i)
{
	const struct demand *d = &s->p->demands[i];
	const struct cell *c = &s->p->cells[s->p->cores[d->stay->core[0]].cell];
	CLEANUP_FREE struct core_state *before = xcalloc(d->cpus, sizeof(*before));
	uint64_t cost = s->cost;
	uint32_t n = 0;

	if (!type_fits(d, c) || !state_take_ways(s, i, s->p->cores[d->stay->core[0]].cell))
		return;
	for (; n < d->cpus && has_room(s, i, n, d->stay->core[n]); n++) {
		before[n] = s->core[d->stay->core[n]];
		s->cost += core_cost(s, d, c, d->stay->core[n]);
		take_core(s, i, c, n, d->stay->core[n]);
	}
	if (n == d->cpus)
		with_home(s, i, c);
	while (n-- > 0)
		s->core[d->stay->core[n]] = before[n];
	s->cost = cost;
	state_return_ways(s, i, s->p->cores[d->stay->core[0]].cell);
}

static void place(struct search *s, size_t i, uint32_t cell)
{
	const struct demand *d = &s->p->demands[i];
	const struct cell *c = &s->p->cells[cell];

	if (!type_fits(d, c) || !state_take_ways(s, i, cell))
		return;
	place_cpus(s, i, c, 0, least_core(s, i));
	state_return_ways(s, i, cell);
}

/* Would the first CPU find room on a core that is in use already? */
static bool has_begun_core(const struct search *s, size_t i, const struct cell *c)
{
	for (size_t k = c->first; k < c->first + c->n; k++)
		if (s->core[k].use != USE_FREE && has_room(s, i, 0, k))
			return true;
	return false;
}

static uint64_t free_at_home(const struct search *s, uint32_t node)
{
	uint64_t room = s->p->nodes[node].memory, want = s->local[node] + s->rt_local[node];

	return want < room ? room - want : 0;
}

/* Cells with a core to fill up first; among them, those whose node has most memory left. */
static void order_cells(const struct search *s, size_t i, uint32_t first, uint32_t *order)
{
	bool begun[CELLS_MAX];
	size_t n = 0;

	for (uint32_t cell = first; cell < s->p->n_cells; cell++) {
		const struct cell *c = &s->p->cells[cell];
		uint64_t room = free_at_home(s, c->node);
		size_t k = n++;

		begun[cell] = has_begun_core(s, i, c);
		for (; k > 0; k--) {
			uint32_t other = order[k - 1];

			if (begun[other] != begun[cell] ? begun[other] :
			    free_at_home(s, s->p->cells[other].node) >= room)
				break;
			order[k] = other;
		}
		order[k] = cell;
	}
}

static void search(struct search *s, size_t i)
{
	uint32_t first, order[CELLS_MAX];
	uint64_t bound, remote;

	if (!state_count_node(s))
		return;
	if (i == s->p->n_demands) {
		if (s->cost + state_remote_bound(s, i) < s->best)
			planner_place_memory(s, 0);
		return;
	}
	bound = state_bound(s, i);
	remote = state_remote_bound(s, i);
	if (!state_can_fit(s, i, bound) || s->cost + bound + remote >= s->best ||
	    !state_can_pack(s, i, s->cost + remote))
		return;
	if (s->p->demands[i].stay) {
		place_again(s, i);
		return;
	}
	first = s->p->cores ? s->p->cores[least_core(s, i)].cell : 0;
	order_cells(s, i, first, order);
	for (uint32_t k = 0; k < s->p->n_cells - first && !s->done; k++)
		if (!state_like_earlier(s, first, order[k]))
			place(s, i, order[k]);
}

static enum plan_answer answer_of(const struct search *s)
{
	if (s->best == UINT64_MAX)
		return s->exhausted ? ANSWER_UNKNOWN : ANSWER_INFEASIBLE;
	return s->exhausted && s->best > s->bound ? ANSWER_FEASIBLE : ANSWER_OPTIMAL;
}

void planner_search(const struct problem *p, uint64_t budget, struct placement *ret_where,
		    struct search_result *ret)
{
	struct search s CLEANUP_SEARCH = { .p = p, .budget = budget, .best = UINT64_MAX };

	state_begin(&s, ret_where);
	if (state_least_shared(&s, budget / 4)) {
		s.bound = state_bound(&s, 0);
		search(&s, 0);
	}
	ret->answer = answer_of(&s);
	ret->cost = s.best == UINT64_MAX ? 0 : s.best;
	ret->bound = ret->answer == ANSWER_OPTIMAL ? s.best : s.bound;
	ret->nodes = s.nodes;
}

const char *plan_answer_name(enum plan_answer answer)
{
	static const char *const names[] = { "optimal", "feasible", "infeasible", "unknown" };

	return names[answer];
}
