// SPDX-License-Identifier: GPL-2.0-or-later
/* Second opinion on a plan: memory and its nodes, cores close together, and the price. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/plan_check.h"

static uint64_t node_memory(const struct machine *m, size_t i)
{
	if (m->nodes[i].memory || m->n_nodes > 1)
		return m->nodes[i].memory;
	return m->usable ? m->usable : m->memory;
}

/* The host's own memory comes from the first nodes. */
static uint64_t node_room(const struct machine *m, size_t node)
{
	uint64_t keep = m->reserve_memory;

	for (size_t i = 0; i < node; i++)
		keep -= MIN(keep, node_memory(m, i));
	return node_memory(m, node) - MIN(keep, node_memory(m, node));
}

static void check_node(struct check *c, size_t node)
{
	const struct machine *m = &c->plan->host;
	uint64_t sum = 0, room = node_room(m, node);

	for (size_t i = 0; i < c->plan->n_partitions; i++) {
		const struct partition *p = &c->plan->partitions[i];

		if (p->node != (int64_t)m->nodes[node].id)
			continue;
		if (ADD_OVERFLOW(sum, p->memory, &sum) || ADD_OVERFLOW(sum, p->overhead, &sum))
			sum = UINT64_MAX;
	}
	if (sum > room) {
		CLEANUP_FREE char *want = format_size(sum), *have = format_size(room);

		check_broken(c, "memory", "node %" PRIu32 " has %s for guests, and %s are given away",
			     m->nodes[node].id, have, want);
	}
}

static bool has_node(const struct machine *m, int64_t id)
{
	for (size_t i = 0; i < m->n_nodes; i++)
		if ((int64_t)m->nodes[i].id == id)
			return true;
	return false;
}

static void check_closeness(struct check *c, size_t i)
{
	const struct partition *p = &c->plan->partitions[i];
	const struct machine_thread *first = NULL;

	for (uint32_t cpu = 0; cpu < CPU_MAX; cpu++) {
		const struct machine_thread *t = check_thread(&c->plan->host, cpu);

		if (!t || !cpuset_has(&c->cpus[i], cpu))
			continue;
		if (!first)
			first = t;
		if (t->node != first->node)
			check_broken(c, p->name, "processors %" PRIu32 " and %" PRIu32
				     " are in different memory nodes", first->cpu, cpu);
		if (t->efficiency != first->efficiency)
			check_broken(c, p->name, "processors %" PRIu32 " and %" PRIu32
				     " are of different types", first->cpu, cpu);
	}
	if (first && p->class == CLASS_RT && p->node != (int64_t)first->node)
		check_broken(c, p->name, "its processors are in node %" PRIu32 " and its memory in node "
			     "%" PRId64, first->node, p->node);
}

void check_memory(struct check *c)
{
	const struct machine *m = &c->plan->host;

	for (size_t i = 0; i < m->n_nodes; i++)
		check_node(c, i);
	for (size_t i = 0; i < c->plan->n_partitions; i++) {
		const struct partition *p = &c->plan->partitions[i];

		if (!has_node(m, p->node))
			check_broken(c, p->name, "the host has no memory node %" PRId64, p->node);
		check_closeness(c, i);
	}
}

static bool on_core(const struct check *c, const struct machine_thread *first, size_t i)
{
	const struct machine *m = &c->plan->host;

	for (size_t t = 0; t < m->n_threads; t++)
		if (m->threads[t].core == first->core && m->threads[t].package == first->package &&
		    m->threads[t].die == first->die && cpuset_has(&c->cpus[i], m->threads[t].cpu))
			return true;
	return false;
}

static bool core_in_use(const struct check *c, const struct machine_thread *first)
{
	for (size_t i = 0; i < c->plan->n_partitions; i++)
		if (on_core(c, first, i))
			return true;
	return false;
}

/* Is the memory of partition @i behind another node than its processors? */
static bool is_far(const struct check *c, size_t i)
{
	const struct machine *m = &c->plan->host;

	for (size_t t = 0; t < m->n_threads; t++)
		if (cpuset_has(&c->cpus[i], m->threads[t].cpu))
			return (int64_t)m->threads[t].node != c->plan->partitions[i].node;
	return false;
}

static bool is_first_of_core(const struct machine *m, size_t t)
{
	for (size_t k = 0; k < t; k++)
		if (m->threads[k].core == m->threads[t].core &&
		    m->threads[k].package == m->threads[t].package &&
		    m->threads[k].die == m->threads[t].die)
			return false;
	return true;
}

static bool is_hybrid(const struct machine *m)
{
	for (size_t t = 1; t < m->n_threads; t++)
		if ((m->threads[t].efficiency == TRI_YES) != (m->threads[0].efficiency == TRI_YES))
			return true;
	return false;
}

/*
 * A plan says what it costs: for each core in use, for each guest whose memory is far, and 1 for each
 * performance core whose guests did not ask for one, which is not in the plan: all of them may be.
 */
void check_price(struct check *c)
{
	const uint64_t core_price = 1000, far_price = 10;
	const struct machine *m = &c->plan->host;
	uint64_t cores = 0, far = 0, fast = 0, least;

	for (size_t t = 0; t < m->n_threads; t++)
		if (is_first_of_core(m, t) && core_in_use(c, &m->threads[t])) {
			cores++;
			fast += m->threads[t].efficiency != TRI_YES;
		}
	for (size_t i = 0; i < c->plan->n_partitions; i++)
		far += is_far(c, i);
	least = cores * core_price + far * far_price;
	if (c->plan->cost < least || c->plan->cost > least + (is_hybrid(m) ? fast : 0))
		check_broken(c, "cost", "the plan says that it costs %" PRIu64 ", but %" PRIu64
			     " cores in use and %" PRIu64 " guests with memory behind another node cost %"
			     PRIu64, c->plan->cost, cores, far, least);
	if (c->plan->bound > c->plan->cost)
		check_broken(c, "cost", "the plan costs %" PRIu64 ", less than the bound %" PRIu64
			     " that it gives", c->plan->cost, c->plan->bound);
	if (strcmp(c->plan->answer, "optimal") == 0 && c->plan->bound != c->plan->cost)
		check_broken(c, "cost", "the plan calls itself optimal, but its cost %" PRIu64
			     " is not its bound %" PRIu64, c->plan->cost, c->plan->bound);
}
