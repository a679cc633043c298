// SPDX-License-Identifier: GPL-2.0-or-later
/* What is taken so far in the search for a plan, and lower bounds for the rest. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/planner_state.h"
#include "lib/ways.h"

static void sum_rest(struct search *s)
{
	const struct problem *p = s->p;

	for (size_t i = p->n_demands; i > 0; i--) {
		const struct demand *d = &p->demands[i - 1];
		struct rest *r = &s->rest[i - 1];

		*r = s->rest[i];
		r->memory += MIN(d->memory, UINT64_MAX - r->memory);
		r->ways += d->ways;
		r->classes += d->ways != 0;
		if (d->class == CLASS_RT) {
			r->rt += d->cpus;
		} else if (d->class == CLASS_PINNED) {
			r->pinned += d->cpus;
		} else {
			r->shared += d->cpus;
			r->mhz += d->mhz * d->cpus;
		}
	}
}

static void sort_by_memory(struct search *s)
{
	const struct demand *d = s->p->demands;

	for (size_t i = 0; i < s->p->n_demands; i++) {
		size_t k = i;

		for (; k > 0 && d[s->by_memory[k - 1]].memory < d[i].memory; k--)
			s->by_memory[k] = s->by_memory[k - 1];
		s->by_memory[k] = i;
	}
}

void state_begin(struct search *s, struct placement *best_where)
{
	const struct problem *p = s->p;

	s->core = xcalloc(p->n_cores + 1, sizeof(*s->core));
	s->where = xcalloc(p->n_demands + 1, sizeof(*s->where));
	s->rest = xcalloc(p->n_demands + 1, sizeof(*s->rest));
	s->best_where = best_where;
	sort_by_memory(s);
	for (size_t i = 0; i < p->n_nodes; i++)
		s->memory[i] = p->nodes[i].memory;
	for (size_t i = 0; i < p->n_cores; i++) {
		s->max_mhz = MAX(s->max_mhz, p->cores[i].mhz);
		s->max_cpus = MAX(s->max_cpus, p->cores[i].n_cpus);
	}
	for (size_t i = 0; i < p->n_cells; i++)
		s->hybrid |= p->cells[i].efficiency != p->cells[0].efficiency;
	sum_rest(s);
	s->first_shared = p->n_demands;
	while (s->first_shared > 0 && p->demands[s->first_shared - 1].class == CLASS_SHARED &&
	       !p->demands[s->first_shared - 1].stay)
		s->first_shared--;
	if (s->first_shared < p->n_demands)
		s->packing = packing_new(p, s->max_cpus);
}

void state_end(struct search *s)
{
	free(s->core);
	free(s->where);
	free(s->rest);
	packing_free(s->packing);
}

bool state_count_node(struct search *s)
{
	if (s->nodes >= s->budget || interrupted()) {
		s->done = s->exhausted = true;
		return false;
	}
	s->nodes++;
	return true;
}

bool state_take_ways(struct search *s, size_t i, uint32_t cell)
{
	uint32_t want = s->p->demands[i].ways, cache = s->p->cells[cell].cache;
	const struct cache_room *room = &s->p->caches[cache];

	if (want == 0)
		return true;
	if (room->bits == 0 || s->n_classes >= s->p->classes)
		return false;
	s->ways[cache][s->n_ways[cache]] = want;
	if (!ways_divide(room, s->ways[cache], s->n_ways[cache] + 1, NULL))
		return false;
	s->n_ways[cache]++;
	s->n_classes++;
	return true;
}

void state_return_ways(struct search *s, size_t i, uint32_t cell)
{
	if (s->p->demands[i].ways == 0)
		return;
	s->n_ways[s->p->cells[cell].cache]--;
	s->n_classes--;
}

/* What the cores can still give, by purpose. */
struct supply {
	uint64_t cores;		/* free ones                                */
	uint64_t whole;		/* free cores for real-time guests          */
	uint64_t threads;	/* in cores begun for pinned guests         */
	uint64_t fresh_threads;	/* in free cores                            */
	uint64_t mhz, fresh_mhz;	/* the same for shared guests       */
	bool shared;		/* is there a shared core?                  */
};

static void count_supply(const struct search *s, struct supply *ret)
{
	*ret = (struct supply){ 0 };
	for (size_t k = 0; k < s->p->n_cores; k++) {
		const struct core *c = &s->p->cores[k];
		const struct core_state *state = &s->core[k];

		if (state->use == USE_FREE) {
			ret->cores++;
			ret->whole += c->whole;
			ret->fresh_threads += c->n_cpus;
			ret->fresh_mhz += c->mhz;
		} else if (state->use == USE_PINNED) {
			ret->threads += c->n_cpus - state->threads;
		} else if (state->use == USE_SHARED) {
			ret->mhz += c->mhz - state->load;
			ret->shared = true;
		}
	}
}

static uint64_t count_ways(const struct search *s)
{
	uint64_t sum = 0;

	for (size_t k = 0; k < s->p->n_caches; k++) {
		const struct cache_room *c = &s->p->caches[k];
		uint64_t free = 0, kept = c->shareable & ~c->taken ? 0 : c->min_bits;

		for (uint32_t bit = 0; bit < c->bits; bit++)
			free += !((c->shareable | c->taken) >> bit & 1);
		free -= MIN(free, kept);	/* for everybody else */
		for (size_t n = 0; n < s->n_ways[k]; n++)
			free -= MIN(free, (uint64_t)s->ways[k][n]);
		sum += free;
	}
	return sum;
}

bool state_can_fit(const struct search *s, size_t i, uint64_t bound)
{
	const struct rest *r = &s->rest[i];
	uint64_t memory = 0;
	struct supply have;

	for (size_t k = 0; k < s->p->n_nodes; k++)
		memory += MIN(s->memory[k], UINT64_MAX - memory);
	count_supply(s, &have);
	return r->memory <= memory && r->rt <= have.whole &&
	       r->pinned <= have.threads + have.fresh_threads &&
	       r->mhz <= have.mhz + have.fresh_mhz && s->n_classes + r->classes <= s->p->classes &&
	       (r->ways == 0 || r->ways <= count_ways(s)) && bound / COST_CORE <= have.cores;
}

uint64_t state_bound(const struct search *s, size_t i)
{
	const struct rest *r = &s->rest[i];
	uint64_t cores = r->rt, shared;
	struct supply have;

	count_supply(s, &have);
	if (r->pinned > have.threads)
		cores += divide_up(r->pinned - have.threads, s->max_cpus);
	shared = r->shared && s->max_mhz ? state_shared_bound(s, i) : 0;
	if (r->shared && !have.shared && shared < s->least_shared)
		shared = s->least_shared;
	if (r->shared && !have.shared)
		shared = MAX(shared, UINT64_C(1));
	return (cores + shared) * COST_CORE;
}

/* The largest guests leave first: no fewer of them could make room. */
static uint64_t must_leave(const struct search *s, size_t i, uint32_t node, uint64_t excess)
{
	uint64_t n = 0;

	for (size_t k = 0; k < s->p->n_demands && excess; k++) {
		size_t guest = s->by_memory[k];

		if (guest >= i || s->home[guest] != node ||
		    s->p->demands[guest].class == CLASS_RT)
			continue;
		excess -= MIN(excess, s->p->demands[guest].memory);
		n++;
	}
	return n;
}

uint64_t state_remote_bound(const struct search *s, size_t i)
{
	uint64_t n = 0;

	for (uint32_t node = 0; node < s->p->n_nodes; node++) {
		uint64_t want = s->local[node] + s->rt_local[node];

		if (want > s->p->nodes[node].memory)
			n += must_leave(s, i, node, want - s->p->nodes[node].memory);
	}
	return n * COST_REMOTE;
}

/* The cores of all guests are chosen, and the memory of guests before @n. */
uint64_t state_far_bound(const struct search *s, size_t n)
{
	uint64_t want[NODES_MAX] = { 0 }, excess[NODES_MAX], sum = 0, room = 0, far = 0;

	for (size_t k = n; k < s->p->n_demands; k++) {
		uint64_t need = s->p->demands[s->by_memory[k]].memory;

		want[s->home[s->by_memory[k]]] += need;
		sum += need;
	}
	for (size_t k = 0; k < s->p->n_nodes; k++) {
		excess[k] = want[k] - MIN(want[k], s->memory[k]);
		room += MIN(s->memory[k], UINT64_MAX - room);
	}
	if (sum > room)
		return UINT64_MAX;
	/* the largest guests leave first: no fewer of them could make room */
	for (; n < s->p->n_demands; n++) {
		uint64_t *over = &excess[s->home[s->by_memory[n]]];

		far += *over > 0;
		*over -= MIN(*over, s->p->demands[s->by_memory[n]].memory);
	}
	return far * COST_REMOTE;
}

bool state_same_core(const struct search *s, size_t a, size_t b)
{
	const struct core *x = &s->p->cores[a], *y = &s->p->cores[b];
	const struct core_state *u = &s->core[a], *v = &s->core[b];

	return u->use == v->use && u->threads == v->threads && u->load == v->load &&
	       u->wasted == v->wasted && x->mhz == y->mhz && x->n_cpus == y->n_cpus && x->whole == y->whole;
}

static bool same_ways(const struct search *s, uint32_t a, uint32_t b)
{
	const struct cache_room *x = &s->p->caches[a], *y = &s->p->caches[b];

	return x->bits == y->bits && x->min_bits == y->min_bits && x->shareable == y->shareable && x->taken == y->taken &&
	       s->n_ways[a] == s->n_ways[b] &&
	       memcmp(s->ways[a], s->ways[b], s->n_ways[a] * sizeof(s->ways[a][0])) == 0;
}

/* Cells behind one cache differ, because each takes from the same ways. */
static bool alone_on_cache(const struct search *s, uint32_t cell)
{
	for (uint32_t i = 0; i < s->p->n_cells; i++)
		if (i != cell && s->p->cells[i].cache == s->p->cells[cell].cache)
			return false;
	return true;
}

static bool alone_on_node(const struct search *s, uint32_t cell)
{
	for (uint32_t i = 0; i < s->p->n_cells; i++)
		if (i != cell && s->p->cells[i].node == s->p->cells[cell].node)
			return false;
	return true;
}

/* Two nodes of one size that are home to nobody may change places; a guest that stays knows its own. */
static bool same_node(const struct search *s, uint32_t a, uint32_t b)
{
	uint32_t x = s->p->cells[a].node, y = s->p->cells[b].node;

	return x == y || (s->p->nodes[x].memory == s->p->nodes[y].memory &&
			  s->local[x] + s->rt_local[x] + s->local[y] + s->rt_local[y] == 0 &&
			  !s->p->demands[0].stay && alone_on_node(s, a) && alone_on_node(s, b));
}

static bool same_cell(const struct search *s, uint32_t a, uint32_t b)
{
	const struct cell *x = &s->p->cells[a], *y = &s->p->cells[b];

	if (!same_node(s, a, b) || x->efficiency != y->efficiency || x->mhz != y->mhz ||
	    x->n != y->n || !alone_on_cache(s, a) || !alone_on_cache(s, b) ||
	    !same_ways(s, x->cache, y->cache))
		return false;
	for (size_t k = 0; k < x->n; k++)
		if (!state_same_core(s, x->first + k, y->first + k))
			return false;
	return true;
}

bool state_like_earlier(const struct search *s, uint32_t from, uint32_t cell)
{
	for (uint32_t i = from; i < cell; i++)
		if (same_cell(s, i, cell))
			return true;
	return false;
}
