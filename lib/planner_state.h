/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PLANNER_STATE_H
#define REHOST_PLANNER_STATE_H

/* What is taken so far in the search, and what of the rest cannot be had cheaper. Private to it. */

#include "lib/planner.h"
#include "lib/planner_pack.h"

enum core_use { USE_FREE, USE_RT, USE_PINNED, USE_SHARED };

struct core_state {
	enum core_use use;
	uint32_t threads;	/* given to pinned guests                     */
	uint64_t load;		/* MHz promised to shared guests              */
	bool wasted;		/* a guest without need of its speed is on it */
};

/* What demands i, i + 1, … need together. */
struct rest {
	uint64_t rt, pinned;	/* cores, threads                             */
	uint64_t mhz, shared;	/* sum of needs, virtual CPUs                 */
	uint64_t memory;
	uint64_t ways, classes;	/* of caches; guests that want some           */
};

struct search {
	const struct problem *p;
	uint64_t budget, nodes;
	uint64_t cost, best, bound;
	bool done, exhausted, hybrid;
	struct core_state *core;
	uint64_t memory[NODES_MAX];		/* left in each node      */
	uint64_t local[NODES_MAX], rt_local[NODES_MAX];	/* wanted there   */
	uint32_t home[GUESTS_MAX];		/* node of its cores      */
	size_t by_memory[GUESTS_MAX];		/* demands, largest first */
	uint32_t ways[CACHES_MAX][GUESTS_MAX];	/* wanted of each cache   */
	size_t n_ways[CACHES_MAX], n_classes;
	struct rest *rest;
	uint64_t max_mhz;			/* of the fastest core    */
	uint32_t max_cpus;			/* of the widest core     */
	struct packing *packing;		/* NULL: nobody to pack   */
	size_t first_shared;			/* it and all after it share cores and may go anywhere */
	uint64_t least_shared;			/* cores that they need   */
	struct placement *where, *best_where;
};

static inline uint64_t divide_up(uint64_t a, uint64_t b)
{
	return b ? a / b + (a % b != 0) : a != 0;
}

void state_begin(struct search *s, struct placement *best_where);
void state_end(struct search *s);
#define CLEANUP_SEARCH __attribute__((cleanup(state_end)))

/** state_count_node - one more node of the search; false if it has to end here */
bool state_count_node(struct search *s);

/** planner_place_memory - all cores are chosen; guests before @n, by memory, have theirs */
void planner_place_memory(struct search *s, size_t n);

/** state_take_ways - reserve the ways of demand @i in the cache of @cell; false if there is no room */
bool state_take_ways(struct search *s, size_t i, uint32_t cell);
void state_return_ways(struct search *s, size_t i, uint32_t cell);

/** state_can_fit - false if demands @i, … cannot fit for a reason that needs no search; @bound: theirs */
bool state_can_fit(const struct search *s, size_t i, uint64_t bound);

/** state_shared_bound - shared cores that demands @i, … need beyond those that are shared already */
uint64_t state_shared_bound(const struct search *s, size_t i);

/** state_least_shared - how many cores do the shared guests need? false: more than there are */
bool state_least_shared(struct search *s, uint64_t limit);

/** state_can_pack - false if demands @i, … need so many more cores that the best answer stays best */
bool state_can_pack(struct search *s, size_t i, uint64_t cost);

/** state_bound - demands @i, … cost at least this much more */
uint64_t state_bound(const struct search *s, size_t i);

/** state_remote_bound - what demands 0 … @i - 1 cost at least because a node is too small for them */
uint64_t state_remote_bound(const struct search *s, size_t i);

/** state_far_bound - what guests from @n on, by memory, cost more; UINT64_MAX: they do not fit */
uint64_t state_far_bound(const struct search *s, size_t n);

/** state_like_earlier - is a cell from @from up to @cell in the same state as @cell? */
bool state_like_earlier(const struct search *s, uint32_t from, uint32_t cell);

/** state_same_core - would it make no difference to take core @a instead of core @b? */
bool state_same_core(const struct search *s, size_t a, size_t b);

#endif
