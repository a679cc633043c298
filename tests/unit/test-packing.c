// SPDX-License-Identifier: GPL-2.0-or-later
/* Loads into rooms against trying everything, and a packing that adding up promises and nobody finds. */
#include "config.h"

#include "tests/unit/test.h"

#include "lib/planner.h"
#include "lib/planner_pack.h"

enum { CASES = 20000, ROOMS_MAX = 4, DEMANDS_MAX = 6 };

static uint64_t seed;

static uint32_t pick(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % n;
}

/* One CPU after another on every core that holds fewer than @max_cpus of the same guest. */
static bool try_all(const struct problem *p, size_t i, uint32_t cpu, uint64_t *room, uint32_t *own,
		    size_t n, uint32_t max_cpus)
{
	uint32_t none[ROOMS_MAX] = { 0 };

	if (i == p->n_demands)
		return true;
	if (cpu == p->demands[i].cpus)
		return try_all(p, i + 1, 0, room, none, n, max_cpus);
	for (size_t k = 0; k < n; k++) {
		bool ok;

		if (room[k] < p->demands[i].mhz || own[k] == max_cpus)
			continue;
		room[k] -= p->demands[i].mhz;
		own[k]++;
		ok = try_all(p, i, cpu + 1, room, own, n, max_cpus);
		own[k]--;
		room[k] += p->demands[i].mhz;
		if (ok)
			return true;
	}
	return false;
}

static void random_problem(struct problem *p, bool single)
{
	p->n_cores = ROOMS_MAX;
	p->n_demands = 1 + pick(DEMANDS_MAX);
	p->demands = xcalloc(p->n_demands, sizeof(*p->demands));
	for (size_t i = 0; i < p->n_demands; i++)
		p->demands[i] = (struct demand){ .class = CLASS_SHARED, .mhz = pick(12),
						 .cpus = single ? 1 : 1 + pick(3) };
}

/* Several questions about the same demands, so that what is remembered is used. */
static uint32_t ask(const struct problem *p, uint32_t max_cpus)
{
	struct packing *k = packing_new(p, max_cpus);
	uint32_t misfits = 0;

	for (int question = 0; question < 8; question++) {
		size_t i = pick((uint32_t)p->n_demands), n = 1 + pick(ROOMS_MAX);
		uint64_t room[ROOMS_MAX];
		uint32_t own[ROOMS_MAX] = { 0 };
		bool maybe, ok;

		for (size_t a = 0; a < n; a++)
			room[a] = pick(24);
		ok = packing_fits(k, i, room, n, UINT64_MAX, &maybe);
		assert_false(maybe);
		assert_int_equal(ok, try_all(p, i, 0, room, own, n, max_cpus));
		misfits += !ok;
	}
	packing_free(k);
	return misfits;
}

static void test_agrees_with_trying_all(void **state)
{
	uint32_t misfits = 0;

	(void)state;
	seed = 1;
	for (int i = 0; i < CASES; i++) {
		struct problem p CLEANUP_PROBLEM = PROBLEM_INIT;

		random_problem(&p, i % 2);
		misfits += ask(&p, 1 + pick(2));
	}
	assert_in_range(misfits, CASES, CASES * 7);
}

static void test_limit(void **state)
{
	struct problem p CLEANUP_PROBLEM = PROBLEM_INIT;
	const uint64_t room[] = { 11, 11 };
	struct packing *k;
	bool maybe;

	(void)state;
	p.n_cores = 2;
	p.n_demands = 5;
	p.demands = xcalloc(p.n_demands, sizeof(*p.demands));
	for (size_t i = 0; i < p.n_demands; i++)
		p.demands[i] = (struct demand){ .class = CLASS_SHARED, .cpus = 1, .mhz = 4 };
	k = packing_new(&p, 1);
	assert_true(packing_fits(k, 0, room, 2, 2, &maybe));
	assert_true(maybe);
	assert_int_equal(packing_nodes(k), 2);
	packing_free(k);
	k = packing_new(&p, 1);
	assert_false(packing_fits(k, 0, room, 2, 100, &maybe));
	assert_false(maybe);
	packing_free(k);
}

/* 7.86 cores' worth of guests that need nine cores, which no sum and no quick bound tells. */
static void test_needs_one_more(void **state)
{
	static const uint64_t mhz[] = { 980, 960, 940, 940, 920, 880, 840, 820, 780, 580,
					560, 560, 520, 520, 440, 400, 320, 220, 200, 200 };
	struct problem p CLEANUP_PROBLEM = PROBLEM_INIT;
	struct placement where[ARRAY_SIZE(mhz)];
	struct search_result r;

	(void)state;
	p.n_nodes = p.n_cells = 4;
	p.n_caches = 1;
	p.n_cores = 16;
	p.cores = xcalloc(p.n_cores, sizeof(*p.cores));
	for (uint32_t i = 0; i < 4; i++) {
		p.nodes[i] = (struct node_room){ i, 10000 };
		p.cells[i] = (struct cell){ .node = i, .mhz = 2000, .first = 4 * i, .n = 4 };
	}
	for (uint32_t i = 0; i < 16; i++)
		p.cores[i] = (struct core){ .n_cpus = 1, .cell = i / 4, .whole = true, .mhz = 1600 };
	p.n_demands = ARRAY_SIZE(mhz);
	p.demands = xcalloc(p.n_demands, sizeof(*p.demands));
	for (size_t i = 0; i < p.n_demands; i++)
		p.demands[i] = (struct demand){ .guest = i, .class = CLASS_SHARED, .cpus = 1, .mhz = mhz[i],
						.memory = 700 + 37 * i, .core_type = CORE_ANY };
	planner_search(&p, PLANNER_BUDGET, where, &r);
	assert_int_equal(r.answer, ANSWER_OPTIMAL);
	assert_int_equal(r.cost, 9 * COST_CORE);
	assert_in_range(r.nodes, 1, 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agrees_with_trying_all),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_needs_one_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
