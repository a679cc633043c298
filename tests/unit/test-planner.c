// SPDX-License-Identifier: GPL-2.0-or-later
/* The search for plans against trying everything, on thousands of small problems. */
#include "config.h"

#include "tests/unit/test.h"

#include "lib/planner.h"
#include "lib/ways.h"

enum { CASES = 8000, SMALL_CORES = 5, SMALL_DEMANDS = 4 };

/* A generator of its own, so that every computer tests the same cases. */
static uint64_t seed;

static uint32_t pick(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % n;
}

struct brute {
	const struct problem *p;
	uint32_t owner[SMALL_CORES][2];	/* demand + 1 that owns a thread: rt, pinned */
	uint32_t rt[SMALL_CORES];	/* demand + 1 that owns the core            */
	uint64_t load[SMALL_CORES];
	uint32_t shared[SMALL_CORES];	/* CPUs of shared guests                    */
	uint64_t memory[NODES_MAX];
	uint32_t cell[SMALL_DEMANDS];
	uint32_t at[SMALL_DEMANDS][2];	/* core of each CPU                         */
	uint32_t idle[SMALL_CORES];	/* CPUs of guests that need no performance core */
	uint64_t remote, best;
};

static bool fits_type(const struct demand *d, const struct cell *c)
{
	return d->core_type == CORE_PERFORMANCE ? !c->efficiency :
	       d->core_type == CORE_EFFICIENCY ? c->efficiency : true;
}

/* Tries every start of every run of ways. */
static bool try_masks(const struct cache_room *room, const uint32_t *want, size_t n, uint64_t taken)
{
	uint64_t all = (UINT64_C(1) << room->bits) - 1;

	if (n == 0) {
		for (uint32_t i = 0; i + room->min_bits <= room->bits; i++) {
			uint64_t run = ((UINT64_C(1) << room->min_bits) - 1) << i;

			if (!(run & taken))
				return true;
		}
		return false;
	}
	if (want[0] < room->min_bits)
		return false;
	for (uint32_t i = 0; i + want[0] <= room->bits; i++) {
		uint64_t run = ((UINT64_C(1) << want[0]) - 1) << i;

		if (!(run & (taken | room->shareable)) && (run & all) == run &&
		    try_masks(room, want + 1, n - 1, taken | run))
			return true;
	}
	return false;
}

static bool caches_fit(const struct brute *b)
{
	uint32_t classes = 0;

	for (uint32_t k = 0; k < b->p->n_caches; k++) {
		uint32_t want[SMALL_DEMANDS];
		size_t n = 0;

		for (size_t i = 0; i < b->p->n_demands; i++)
			if (b->p->demands[i].ways && b->p->cells[b->cell[i]].cache == k)
				want[n++] = b->p->demands[i].ways;
		classes += (uint32_t)n;
		if (n && (!b->p->caches[k].bits || !try_masks(&b->p->caches[k], want, n,
								      b->p->caches[k].taken)))
			return false;
	}
	return classes <= b->p->classes;
}

/* The price from nothing but who is where. */
static void judge(struct brute *b)
{
	bool hybrid = false;
	uint64_t cost = b->remote * COST_REMOTE;

	if (!caches_fit(b))
		return;
	for (size_t i = 0; i < b->p->n_cells; i++)
		hybrid |= b->p->cells[i].efficiency != b->p->cells[0].efficiency;
	for (size_t k = 0; k < b->p->n_cores; k++) {
		bool used = b->rt[k] || b->owner[k][0] || b->owner[k][1] || b->shared[k];

		cost += used ? COST_CORE : 0;
		cost += hybrid && b->idle[k] && !b->p->cells[b->p->cores[k].cell].efficiency
				? COST_PERFORMANCE : 0;
	}
	b->best = MIN(b->best, cost);
}

static void next(struct brute *b, size_t i);

static void choose_node(struct brute *b, size_t i)
{
	const struct demand *d = &b->p->demands[i];
	uint32_t home = b->p->cells[b->cell[i]].node;

	for (uint32_t n = 0; n < b->p->n_nodes; n++) {
		if (b->memory[n] < d->memory || (d->class == CLASS_RT && n != home) ||
		    (d->stay && n != d->stay->node))
			continue;
		b->memory[n] -= d->memory;
		b->remote += n != home;
		next(b, i + 1);
		b->remote -= n != home;
		b->memory[n] += d->memory;
	}
}

/* Cores are chosen in their order, and stand in it in a place that is kept. */
static bool may_be_there(const struct brute *b, size_t i)
{
	const struct demand *d = &b->p->demands[i];

	for (uint32_t n = 0; d->stay && n < d->cpus; n++)
		if (b->at[i][n] != d->stay->core[n])
			return false;
	return true;
}

static void choose_cpu(struct brute *b, size_t i, uint32_t n, size_t from)
{
	const struct demand *d = &b->p->demands[i];
	const struct cell *c = &b->p->cells[b->cell[i]];
	bool easy = d->core_type != CORE_PERFORMANCE;

	if (n == d->cpus) {
		if (may_be_there(b, i))
			choose_node(b, i);
		return;
	}
	/* slots: threads for pinned guests, whole cores for others */
	for (size_t slot = from; slot < 2 * (c->first + c->n); slot++) {
		size_t k = slot / 2, t = slot % 2;
		const struct core *core = &b->p->cores[k];
		bool pinned = b->owner[k][0] || b->owner[k][1];

		if (k < c->first || b->rt[k])
			continue;
		b->at[i][n] = (uint32_t)k;
		if (d->class == CLASS_PINNED) {
			if (t >= core->n_cpus || b->owner[k][t] || b->shared[k])
				continue;
			b->idle[k] += easy;
			b->owner[k][t] = (uint32_t)i + 1;
			choose_cpu(b, i, n + 1, slot + 1);
			b->owner[k][t] = 0;
		} else if (d->class == CLASS_RT) {
			if (t || pinned || b->shared[k] || !core->whole)
				continue;
			b->idle[k] += easy;
			b->rt[k] = (uint32_t)i + 1;
			choose_cpu(b, i, n + 1, slot + 1);
			b->rt[k] = 0;
		} else {
			if (t >= core->n_cpus || pinned || b->load[k] + d->mhz > core->mhz)
				continue;
			b->idle[k] += easy;
			b->load[k] += d->mhz;
			b->shared[k]++;
			choose_cpu(b, i, n + 1, slot + 1);	/* each thread once for a guest */
			b->shared[k]--;
			b->load[k] -= d->mhz;
		}
		b->idle[k] -= easy;
	}
}

static void next(struct brute *b, size_t i)
{
	if (i == b->p->n_demands) {
		judge(b);
		return;
	}
	for (uint32_t cell = 0; cell < b->p->n_cells; cell++) {
		if (!fits_type(&b->p->demands[i], &b->p->cells[cell]))
			continue;
		b->cell[i] = cell;
		choose_cpu(b, i, 0, 0);
	}
}

static uint64_t brute_force(const struct problem *p)
{
	struct brute b = { .p = p, .best = UINT64_MAX };

	for (size_t i = 0; i < p->n_nodes; i++)
		b.memory[i] = p->nodes[i].memory;
	next(&b, 0);
	return b.best;
}

static void random_host(struct problem *p)
{
	uint32_t n_cells = 1 + pick(3), n_cores = 2 + pick(SMALL_CORES - 1);

	p->n_nodes = 1 + pick(3);
	for (size_t i = 0; i < p->n_nodes; i++)
		p->nodes[i] = (struct node_room){ (uint32_t)i, 2 + pick(6) };
	p->n_caches = 1 + pick(3);
	for (size_t i = 1; i < p->n_caches; i++)
		p->caches[i] = (struct cache_room){ 3, (uint32_t)i, 3 + pick(4), 1 + pick(2),
						    pick(3) ? 0 : UINT64_C(1) << pick(3), 0 };
	p->classes = pick(4);
	n_cells = MIN(n_cells, n_cores);
	p->n_cores = n_cores;
	p->cores = xcalloc(n_cores, sizeof(*p->cores));
	p->n_cells = n_cells;
	for (uint32_t i = 0; i < n_cells; i++)
		p->cells[i] = (struct cell){ pick((uint32_t)p->n_nodes), pick((uint32_t)p->n_caches),
					     pick(3) == 0, 1000, 0, 0 };
	for (size_t k = 0; k < n_cores; k++) {
		struct core *c = &p->cores[k];

		c->cell = (uint32_t)(k * n_cells / n_cores);
		c->n_cpus = 1 + pick(2);
		c->whole = pick(4) != 0;
		c->mhz = pick(4) ? 1000 : 500;
		if (p->cells[c->cell].n++ == 0)
			p->cells[c->cell].first = k;
	}
}

static void random_demands(struct problem *p)
{
	p->n_demands = 1 + pick(SMALL_DEMANDS);
	p->demands = xcalloc(p->n_demands, sizeof(*p->demands));
	for (size_t i = 0; i < p->n_demands; i++) {
		struct demand *d = &p->demands[i];

		if (i && pick(3) == 0) {	/* twins are what symmetry breaking is about */
			*d = p->demands[i - 1];
			continue;
		}
		d->class = pick(3);
		d->cpus = 1 + pick(2);
		d->mhz = d->class == CLASS_SHARED ? pick(8) * 100 : 0;
		d->memory = pick(4);
		d->ways = pick(4) ? 0 : 1 + pick(3);
		d->core_type = pick(3) ? CORE_ANY : pick(2) ? CORE_PERFORMANCE : CORE_EFFICIENCY;
	}
}

/* Of some guests the place is given: mostly one that a plan would have, now and then any. */
static void random_stays(struct problem *p)
{
	CLEANUP_FREE struct placement *where = xcalloc(SMALL_DEMANDS, sizeof(*where));
	struct search_result r;

	planner_search(p, PLANNER_BUDGET, where, &r);
	for (size_t i = 0; i < p->n_demands; i++) {
		struct demand *d = &p->demands[i];
		const struct cell *c = &p->cells[pick((uint32_t)p->n_cells)];
		uint32_t *core;

		if (pick(2))
			continue;
		d->stay = xcalloc(1, sizeof(*d->stay));
		*d->stay = where[i];
		core = d->stay->core;
		if (r.answer != ANSWER_OPTIMAL || pick(4) == 0) {
			for (uint32_t n = 0; n < d->cpus; n++)
				core[n] = (uint32_t)c->first + pick((uint32_t)c->n);
			d->stay->node = d->class == CLASS_RT ? c->node : pick((uint32_t)p->n_nodes);
		}
		if (d->cpus == 2 && core[0] > core[1]) {
			uint32_t first = core[0];

			core[0] = core[1];
			core[1] = first;
		}
		if (d->ways) {	/* its ways are its own already */
			c = &p->cells[p->cores[core[0]].cell];
			p->caches[c->cache].taken |= ((UINT64_C(1) << d->ways) - 1) << pick(3);
			d->ways = 0;
		}
	}
	/* as problem_make() has them: those that stay first */
	for (size_t i = 0, n = 0; i < p->n_demands; i++) {
		struct demand d = p->demands[i];

		if (!d.stay)
			continue;
		p->demands[i] = p->demands[n];
		p->demands[n++] = d;
	}
}

/* How many cases have no answer. */
static uint32_t compare(uint64_t first, bool stays)
{
	uint32_t infeasible = 0;

	seed = first;
	for (int i = 0; i < CASES; i++) {
		struct problem p CLEANUP_PROBLEM = PROBLEM_INIT;
		CLEANUP_FREE struct placement *where = xcalloc(SMALL_DEMANDS, sizeof(*where));
		struct search_result r;
		uint64_t best;

		random_host(&p);
		random_demands(&p);
		if (stays)
			random_stays(&p);
		planner_search(&p, PLANNER_BUDGET, where, &r);
		best = brute_force(&p);
		if (r.answer != (best == UINT64_MAX ? ANSWER_INFEASIBLE : ANSWER_OPTIMAL) ||
		    (best != UINT64_MAX && r.cost != best))
			fail_msg("case %d: search says %s, cost %d; trying everything says %d", i,
				 plan_answer_name(r.answer), (int)r.cost, (int)best);
		infeasible += best == UINT64_MAX;
	}
	return infeasible;
}

/* A test of which all cases are alike tests nothing. */
static void test_agrees_with_brute_force(void **state)
{
	(void)state;
	assert_in_range(compare(1, false), CASES / 10, CASES * 9 / 10);
}

static void test_guests_that_stay(void **state)
{
	(void)state;
	assert_in_range(compare(2, true), CASES / 10, CASES * 9 / 10);
}

static void test_budget_is_kept(void **state)
{
	struct problem p CLEANUP_PROBLEM = PROBLEM_INIT;
	struct placement where[SMALL_DEMANDS];
	struct search_result r;

	(void)state;
	seed = 5;
	random_host(&p);
	p.n_demands = 1;
	p.demands = xcalloc(1, sizeof(*p.demands));
	p.demands[0] = (struct demand){ .class = CLASS_SHARED, .cpus = 1, .core_type = CORE_ANY };
	planner_search(&p, 1, where, &r);
	assert_int_equal(r.nodes, 1);
	assert_int_equal(r.answer, ANSWER_UNKNOWN);
}

enum { MANY_CORES = 64, MANY_GUESTS = 40, MHZ = 2000 };

/* Guests of which two go on a core and never three, so that adding up their MHz promises too much. */
static void large_problem(struct problem *p)
{
	*p = (struct problem)PROBLEM_INIT;
	p->n_nodes = p->n_caches = p->n_cells = 1;
	p->nodes[0].memory = MANY_GUESTS;
	p->cells[0] = (struct cell){ .mhz = MHZ, .n = MANY_CORES };
	p->n_cores = MANY_CORES;
	p->cores = xcalloc(p->n_cores, sizeof(*p->cores));
	for (size_t k = 0; k < p->n_cores; k++)
		p->cores[k] = (struct core){ .n_cpus = 2, .whole = true, .mhz = MHZ };
	p->n_demands = MANY_GUESTS;
	p->demands = xcalloc(p->n_demands, sizeof(*p->demands));
	for (size_t i = 0; i < p->n_demands; i++)
		p->demands[i] = (struct demand){ .guest = i, .class = CLASS_SHARED, .cpus = 1, .memory = 1,
						 .mhz = 680 + (i * 7) % 40, .core_type = CORE_ANY };
}

/* Out of budget: an answer that holds, and how far it may be from the best one. */
static void test_gap_is_stated(void **state)
{
	struct problem p CLEANUP_PROBLEM = PROBLEM_INIT;
	CLEANUP_FREE struct placement *where = xcalloc(MANY_GUESTS, sizeof(*where));
	uint64_t load[MANY_CORES] = { 0 }, used = 0, budget = 2000;
	struct search_result r, again;

	(void)state;
	large_problem(&p);
	planner_search(&p, budget, where, &r);
	assert_int_equal(r.answer, ANSWER_FEASIBLE);
	assert_int_equal(r.nodes, budget);
	for (size_t i = 0; i < p.n_demands; i++)
		load[where[i].core[0]] += p.demands[i].mhz;
	for (size_t k = 0; k < MANY_CORES; k++) {
		assert_in_range(load[k], 0, MHZ);
		used += load[k] != 0;
	}
	assert_int_equal(r.cost, used * COST_CORE);
	/* two on a core is the best there is: the bound is below that, the answer not */
	assert_in_range(r.bound, COST_CORE, MANY_GUESTS / 2 * COST_CORE - 1);
	assert_in_range(r.cost, MANY_GUESTS / 2 * COST_CORE, MANY_GUESTS * COST_CORE);
	planner_search(&p, budget, where, &again);
	assert_memory_equal(&r, &again, sizeof(r));
}

/* Each class alone would fit, all of them need a core more than there is: no search is needed for that. */
static void test_classes_together(void **state)
{
	struct problem p CLEANUP_PROBLEM = PROBLEM_INIT;
	CLEANUP_FREE struct placement *where = xcalloc(MANY_GUESTS, sizeof(*where));
	struct search_result r;

	(void)state;
	large_problem(&p);
	for (size_t i = 0; i < p.n_demands; i++) {
		p.demands[i].class = i < 20 ? CLASS_RT : i < 30 ? CLASS_PINNED : CLASS_SHARED;
		p.demands[i].cpus = i < 30 ? 2 : 1;
		p.demands[i].mhz = i < 30 ? 0 : 1001;
	}
	p.n_cores = p.cells[0].n = 2 * 20 + 10 + 10 - 1;
	planner_search(&p, PLANNER_BUDGET, where, &r);
	assert_int_equal(r.answer, ANSWER_INFEASIBLE);
	assert_in_range(r.nodes, 1, 100);
	p.n_cores = p.cells[0].n = 2 * 20 + 10 + 10;
	planner_search(&p, PLANNER_BUDGET, where, &r);
	assert_int_equal(r.answer, ANSWER_OPTIMAL);
}

static void test_ways(void **state)
{
	const struct cache_room plain = { 3, 0, 12, 1, 0, 0 }, shared = { 3, 0, 12, 1, 0x0c0, 0 };
	const struct cache_room half = { 3, 0, 12, 1, 0, 0x0f0 };
	const uint32_t fits[] = { 6, 5 }, full[] = { 6, 6 }, split[] = { 6, 4 };
	uint64_t mask[2] = { 0 };

	(void)state;
	assert_true(ways_divide(&plain, fits, 2, mask));
	assert_int_equal(mask[0], 0xfc0);
	assert_int_equal(mask[1], 0x03e);
	assert_false(ways_divide(&plain, full, 2, NULL));	/* nothing left for the host */
	assert_true(ways_divide(&shared, split, 2, mask));
	assert_int_equal(mask[0], 0x03f);
	assert_int_equal(mask[1], 0xf00);
	/* what a guest that stays holds is neither given away nor left for the host */
	assert_true(ways_divide(&half, (const uint32_t[]){ 4, 3 }, 2, mask));
	assert_int_equal((mask[0] | mask[1]) & 0x0f0, 0);
	assert_false(ways_divide(&half, (const uint32_t[]){ 4, 4 }, 2, NULL));
}

/* A cache in 16 pieces of three ways: seventeen guests with two ways each are one too many. */
static void test_ways_in_pieces(void **state)
{
	const struct cache_room pieces = { 3, 0, 64, 1, UINT64_C(0x8888888888888888), 0 };
	uint32_t want[17];
	uint64_t mask[17], all = 0;

	(void)state;
	for (size_t i = 0; i < 17; i++)
		want[i] = 2;
	assert_false(ways_divide(&pieces, want, 17, NULL));
	assert_true(ways_divide(&pieces, want, 16, mask));
	for (size_t i = 0; i < 16; i++) {
		assert_int_equal(__builtin_popcountll(mask[i]), 2);
		assert_int_equal(mask[i] & (all | pieces.shareable), 0);
		all |= mask[i];
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agrees_with_brute_force),
		cmocka_unit_test(test_guests_that_stay),
		cmocka_unit_test(test_budget_is_kept),
		cmocka_unit_test(test_gap_is_stated),
		cmocka_unit_test(test_classes_together),
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_ways_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
