// SPDX-License-Identifier: GPL-2.0-or-later
/* The search for the cheapest plan: branch and bound, depth first. */
#include "config.h"

#include <string.h>

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
	return a->class == b->class && a->cpus == b->cpus && a->mhz == b->mhz &&
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

/* A performance core is worth more than an efficiency core where there are both. */
static uint64_t core_cost(const struct search *s, const struct demand *d, const struct cell *c)
{
	bool wasted = s->hybrid && !c->efficiency && d->core_type != CORE_PERFORMANCE;

	return COST_CORE + (wasted ? COST_PERFORMANCE : 0);
}

static void with_node(struct search *s, size_t i, uint32_t node, uint64_t cost)
{
	const struct demand *d = &s->p->demands[i];

	if (s->done || s->memory[node] < d->memory)
		return;
	s->memory[node] -= d->memory;
	s->cost += cost;
	s->where[i].node = node;
	search(s, i + 1);
	s->cost -= cost;
	s->memory[node] += d->memory;
}

/* Memory in the node of the cores first; elsewhere only for guests that are not real-time. */
static void with_memory(struct search *s, size_t i, const struct cell *c)
{
	with_node(s, i, c->node, 0);
	for (uint32_t node = 0; s->p->demands[i].class != CLASS_RT && node < s->p->n_nodes; node++)
		if (node != c->node)
			with_node(s, i, node, COST_REMOTE);
}

static void place_rt(struct search *s, size_t i, uint32_t cell)
{
	const struct demand *d = &s->p->demands[i];
	const struct cell *c = &s->p->cells[cell];
	struct placement *w = &s->where[i];
	uint64_t cost = core_cost(s, d, c) * d->cpus;
	uint32_t n = 0;

	for (size_t k = c->first; k < c->first + c->n && n < d->cpus; k++)
		if (s->core[k].use == USE_FREE && s->p->cores[k].whole)
			w->core[n++] = (uint32_t)k;
	if (n < d->cpus)
		return;
	for (uint32_t k = 0; k < n; k++)
		s->core[w->core[k]].use = USE_RT;
	s->cost += cost;
	with_memory(s, i, c);
	s->cost -= cost;
	for (uint32_t k = 0; k < n; k++)
		s->core[w->core[k]].use = USE_FREE;
}

/* Cores of a cell that have the same number of threads left for pinned guests. */
static bool in_group(const struct search *s, size_t core, uint32_t left, bool fresh)
{
	const struct core_state *state = &s->core[core];

	if (fresh)
		return state->use == USE_FREE && s->p->cores[core].n_cpus == left;
	return state->use == USE_PINNED && s->p->cores[core].n_cpus - state->threads == left;
}

/* Takes @want threads from a group, core by core. */
static void take_threads(struct search *s, struct placement *w, uint32_t n, uint32_t want,
			     const struct cell *c, uint32_t left, bool fresh, uint64_t *opened)
{
	uint32_t taken = 0;

	for (size_t k = c->first; k < c->first + c->n && taken < want; k++) {
		uint32_t room = left;

		if (!in_group(s, k, left, fresh))
			continue;
		*opened += fresh;
		s->core[k].use = USE_PINNED;
		for (; room && taken < want; room--, taken++) {
			w->core[n + taken] = (uint32_t)k;
			w->thread[n + taken] = s->core[k].threads++;
		}
	}

}

static void give_threads_back(struct search *s, const struct placement *w, uint32_t n,
			      uint32_t taken)
{
	for (uint32_t k = n; k < n + taken; k++)
		if (--s->core[w->core[k]].threads == 0)
			s->core[w->core[k]].use = USE_FREE;
}

static uint32_t threads_in_group(const struct search *s, const struct cell *c, uint32_t left,
				 bool fresh)
{
	uint32_t n = 0;

	for (size_t k = c->first; k < c->first + c->n; k++)
		n += in_group(s, k, left, fresh) ? left : 0;
	return n;
}

/* Groups: what is left of cores that are begun (1, 2, …), then fresh ones (1, 2, …). */
static void place_pinned(struct search *s, size_t i, uint32_t cell, uint32_t group, uint32_t n)
{
	const struct demand *d = &s->p->demands[i];
	const struct cell *c = &s->p->cells[cell];
	uint32_t left = group % CORE_THREADS_MAX + 1, rest = d->cpus - n, most;
	bool fresh = group >= CORE_THREADS_MAX;

	if (rest == 0) {
		with_memory(s, i, c);
		return;
	}
	if (group == 2 * CORE_THREADS_MAX)
		return;
	most = MIN(rest, threads_in_group(s, c, left, fresh));
	for (uint32_t want = most + 1; want-- > 0 && !s->done;) {
		uint64_t opened = 0, cost;

		take_threads(s, &s->where[i], n, want, c, left, fresh, &opened);
		cost = opened * core_cost(s, d, c);
		s->cost += cost;
		if (s->cost < s->best)
			place_pinned(s, i, cell, group + 1, n + want);
		s->cost -= cost;
		give_threads_back(s, &s->where[i], n, want);
	}
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
	const struct core_state *state = &s->core[k];

	return (state->use == USE_FREE || state->use == USE_SHARED) &&
	       own_cpus(&s->where[i], n, k) < s->p->cores[k].n_cpus &&
	       state->load + s->p->demands[i].mhz <= s->p->cores[k].mhz;
}

static void place_shared(struct search *s, size_t i, uint32_t cell, uint32_t n, size_t from)
{
	const struct demand *d = &s->p->demands[i];
	const struct cell *c = &s->p->cells[cell];

	if (n == d->cpus) {
		with_memory(s, i, c);
		return;
	}
	from = MAX(from, c->first);
	for (size_t k = from; k < c->first + c->n && !s->done; k++) {
		struct core_state before = s->core[k];
		uint64_t cost = before.use == USE_FREE ? core_cost(s, d, c) : 0;

		if (!has_room(s, i, n, k) || tried_before(s, i, n, from, k) ||
		    s->cost + cost >= s->best)
			continue;
		s->core[k].use = USE_SHARED;
		s->core[k].load += d->mhz;
		s->where[i].core[n] = (uint32_t)k;
		s->cost += cost;
		place_shared(s, i, cell, n + 1, k);
		s->cost -= cost;
		s->core[k] = before;
	}
}

static void place(struct search *s, size_t i, uint32_t cell)
{
	const struct demand *d = &s->p->demands[i];
	const struct cell *c = &s->p->cells[cell];

	if (!type_fits(d, c) || !state_take_ways(s, i, cell))
		return;
	if (d->class == CLASS_RT)
		place_rt(s, i, cell);
	else if (d->class == CLASS_PINNED)
		place_pinned(s, i, cell, 0, 0);
	else
		place_shared(s, i, cell, 0, least_core(s, i));
	state_return_ways(s, i, cell);
}

static void keep_best(struct search *s)
{
	s->best = s->cost;
	memcpy(s->best_where, s->where, s->p->n_demands * sizeof(*s->where));
	s->done = s->best == s->bound;
}

static void search(struct search *s, size_t i)
{
	uint32_t first;

	if (s->nodes == s->budget) {
		s->done = s->exhausted = true;
		return;
	}
	s->nodes++;
	if (i == s->p->n_demands) {
		if (s->cost < s->best)
			keep_best(s);
		return;
	}
	if (!state_can_fit(s, i) || s->cost + state_bound(s, i) >= s->best)
		return;
	first = s->p->cores ? s->p->cores[least_core(s, i)].cell : 0;
	for (uint32_t cell = first; cell < s->p->n_cells && !s->done; cell++)
		if (!state_like_earlier(s, first, cell))
			place(s, i, cell);
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
	s.bound = state_bound(&s, 0);
	search(&s, 0);
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
