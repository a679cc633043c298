// SPDX-License-Identifier: GPL-2.0-or-later
/* The second half of the search for a plan: in which node the memory of each guest is. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/planner_state.h"

/* Is a node home to a guest whose memory comes later, or does one stay there? It is like no other then. */
static bool is_meant(const struct search *s, size_t n, uint32_t node)
{
	for (; n < s->p->n_demands; n++) {
		size_t i = s->by_memory[n];

		if (s->home[i] == node || (s->p->demands[i].stay && s->p->demands[i].stay->node == node))
			return true;
	}
	return false;
}

/* Was a node tried before for the same guest that differs in nothing from @node? */
static bool node_tried(const struct search *s, size_t n, uint32_t node)
{
	size_t i = s->by_memory[n];

	for (uint32_t k = 0; k < node; k++)
		if (k != s->home[i] && s->memory[k] == s->memory[node] &&
		    !is_meant(s, n + 1, k) && !is_meant(s, n + 1, node))
			return true;
	return false;
}

static void keep_best(struct search *s)
{
	s->best = s->cost;
	memcpy(s->best_where, s->where, s->p->n_demands * sizeof(*s->where));
	s->done = s->best == s->bound;
}

static void try_node(struct search *s, size_t n, uint32_t node, uint64_t cost)
{
	size_t i = s->by_memory[n];
	uint64_t need = s->p->demands[i].memory;

	if (s->done || s->memory[node] < need || s->cost + cost >= s->best)
		return;
	s->memory[node] -= need;
	s->cost += cost;
	s->where[i].node = node;
	planner_place_memory(s, n + 1);
	s->cost -= cost;
	s->memory[node] += need;
}

/* All cores are chosen; now the memory, largest first: at home, or elsewhere for a price. */
void planner_place_memory(struct search *s, size_t n)
{
	uint64_t far;
	size_t i;

	if (!state_count_node(s))
		return;
	if (n == s->p->n_demands) {
		keep_best(s);
		return;
	}
	far = state_far_bound(s, n);
	if (far == UINT64_MAX || s->cost + far >= s->best)
		return;
	i = s->by_memory[n];
	if (s->p->demands[i].stay) {
		uint32_t node = s->p->demands[i].stay->node;

		try_node(s, n, node, node == s->home[i] ? 0 : COST_REMOTE);
		return;
	}
	try_node(s, n, s->home[i], 0);
	for (uint32_t node = 0; s->p->demands[i].class != CLASS_RT && node < s->p->n_nodes; node++)
		if (node != s->home[i] && !node_tried(s, n, node))
			try_node(s, n, node, COST_REMOTE);
}
