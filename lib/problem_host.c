// SPDX-License-Identifier: GPL-2.0-or-later
/* What of a host can be given away: cores in cells, cache ways, memory. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/cpulist.h"
#include "lib/problem_host.h"

struct host_sets {
	const struct machine *m;
	struct cpuset reserve, isolated;
	unsigned int relax;
	uint32_t cache_level;	/* of the caches that bound a cell, 0: none */
};

static int read_sets(struct host_sets *s, struct error *err)
{
	struct cpuset online = CPUSET_INIT;

	if (cpulist_parse(s->m->online, &online, err) < 0 ||
	    cpulist_parse(s->m->reserve_cpus, &s->reserve, err) < 0 ||
	    cpulist_parse(s->m->isolated, &s->isolated, err) < 0)
		return error_wrap(err, "host '%s'", s->m->name);
	if (!cpuset_within(&s->reserve, &online)) {
		error_set(err, ERR_FORMAT, "host '%s': the reserve '%s' names processors that are not "
			  "online ('%s')", s->m->name, s->m->reserve_cpus, s->m->online);
		return error_hint(err, "correct the attribute 'cpus' of 'reserve' in the profile");
	}
	if (s->relax & RELAX_RESERVE)
		s->reserve = (struct cpuset)CPUSET_INIT;
	return 0;
}

/* Divisible caches bound a cell; without any, the largest level does. */
static uint32_t bounding_level(const struct machine *m)
{
	uint32_t level = 0, divisible = 0;

	for (size_t i = 0; i < m->n_caches; i++) {
		const struct machine_cache *c = &m->caches[i];

		if (c->type && strcmp(c->type, "Unified") != 0)
			continue;
		level = MAX(level, c->level);
		if (c->cat_bits)
			divisible = MAX(divisible, c->level);
	}
	return divisible ? divisible : level;
}

static int add_caches(struct problem *p, const struct host_sets *s, struct error *err)
{
	/* index 0 stands for "no cache known" */
	p->caches[p->n_caches++] = (struct cache_room){ 0 };
	for (size_t i = 0; i < s->m->n_caches; i++) {
		const struct machine_cache *c = &s->m->caches[i];

		if (c->level != s->cache_level || (c->type && strcmp(c->type, "Unified") != 0))
			continue;
		if (p->n_caches == CACHES_MAX)
			return error_set(err, ERR_UNSUPPORTED, "host '%s' has more than %d caches",
					 s->m->name, CACHES_MAX - 1);
		if (c->cat_bits > 64 || (c->cat_bits && c->cat_bits < 64 &&
					 c->cat_shareable >> c->cat_bits))
			return error_set(err, ERR_FORMAT, "host '%s': cache %" PRIu32 " of level %"
					 PRIu32 " has %" PRIu32 " ways to allocate, and shares 0x%"
					 PRIx64 " of them", s->m->name, c->id, c->level,
					 c->cat_bits, c->cat_shareable);
		p->caches[p->n_caches++] = (struct cache_room){
			c->level, c->id, c->cat_bits, MAX(c->cat_min_bits, 1u), c->cat_shareable, 0
		};
		if (c->cat_closids)
			p->classes = p->classes ? MIN(p->classes, c->cat_closids - 1)
						: c->cat_closids - 1;
	}
	return 0;
}

static uint32_t cache_of(const struct problem *p, const struct host_sets *s, uint32_t cpu)
{
	uint32_t index = 0;

	for (size_t i = 0; i < s->m->n_caches; i++) {
		const struct machine_cache *c = &s->m->caches[i];
		struct error err CLEANUP_ERROR = ERROR_INIT;
		struct cpuset cpus = CPUSET_INIT;

		if (c->level != s->cache_level || (c->type && strcmp(c->type, "Unified") != 0))
			continue;
		index++;
		if (index < p->n_caches && cpulist_parse(c->cpus, &cpus, &err) == 0 &&
		    cpuset_has(&cpus, cpu))
			return index;
	}
	return 0;
}

static int add_nodes(struct problem *p, const struct host_sets *s, struct error *err)
{
	const struct machine *m = s->m;
	uint64_t reserve = s->relax & RELAX_RESERVE ? 0 : m->reserve_memory;

	for (size_t i = 0; i < m->n_nodes; i++) {
		uint64_t memory = m->nodes[i].memory, keep;

		if (p->n_nodes == NODES_MAX)
			return error_set(err, ERR_UNSUPPORTED, "host '%s' has more than %d nodes",
					 m->name, NODES_MAX);
		if (!memory && m->n_nodes == 1)
			memory = m->usable ? m->usable : m->memory;
		keep = MIN(memory, reserve);
		reserve -= keep;
		p->nodes[p->n_nodes++] = (struct node_room){ m->nodes[i].id, memory - keep };
	}
	if (p->n_nodes == 0)
		p->nodes[p->n_nodes++] = (struct node_room){ 0, m->usable - MIN(m->usable, reserve) };
	if (s->relax & RELAX_NEIGHBOURS) {
		for (size_t i = 1; i < p->n_nodes; i++)
			if (ADD_OVERFLOW(p->nodes[0].memory, p->nodes[i].memory,
					 &p->nodes[0].memory))
				p->nodes[0].memory = UINT64_MAX;
		p->n_nodes = 1;
	}
	return 0;
}

static int node_index(const struct problem *p, const struct host_sets *s,
		      const struct machine_thread *t, uint32_t *ret, struct error *err)
{
	*ret = 0;
	if (s->relax & RELAX_NEIGHBOURS)
		return 0;
	for (uint32_t i = 0; i < p->n_nodes; i++) {
		if (p->nodes[i].id == t->node) {
			*ret = i;
			return 0;
		}
	}
	return error_set(err, ERR_FORMAT, "host '%s': processor %" PRIu32 " is in memory node %" PRIu32
			 ", which is not described", s->m->name, t->cpu, t->node);
}

/* Finds or makes the cell with these properties. */
static int cell_index(struct problem *p, const struct cell *want, const char *host, uint32_t *ret,
		      struct error *err)
{
	for (uint32_t i = 0; i < p->n_cells; i++) {
		const struct cell *c = &p->cells[i];

		if (c->node == want->node && c->cache == want->cache && c->mhz == want->mhz &&
		    c->efficiency == want->efficiency) {
			*ret = i;
			return 0;
		}
	}
	if (p->n_cells == CELLS_MAX)
		return error_set(err, ERR_UNSUPPORTED, "the cores of host '%s' are of more than %d "
				 "kinds", host, CELLS_MAX);
	*ret = (uint32_t)p->n_cells;
	p->cells[p->n_cells++] = *want;
	return 0;
}

/* Real-time guests: no thread kept by the host, not CPU 0, and isolated where the host isolates. */
static bool is_whole(const struct host_sets *s, const struct core *c, uint32_t n_threads)
{
	if (s->relax & RELAX_WHOLE_CORES)
		return true;
	if (c->n_cpus != n_threads)
		return false;
	for (uint32_t i = 0; i < c->n_cpus; i++)
		if (c->cpu[i] == 0 || (cpuset_count(&s->isolated) &&
				       !cpuset_has(&s->isolated, c->cpu[i])))
			return false;
	return true;
}

static bool same_core(const struct machine_thread *a, const struct machine_thread *b)
{
	return a->package == b->package && a->core == b->core && a->die == b->die;
}

/* A core whose first thread is thread @t of the host. */
static int add_core(struct problem *p, const struct host_sets *s, size_t t, struct error *err)
{
	const struct machine *m = s->m;
	const struct machine_thread *first = &m->threads[t];
	struct cell want = { .efficiency = first->efficiency == TRI_YES };
	struct core c = { .n_cpus = 0 };
	uint32_t n = 0;

	for (size_t i = t; i < m->n_threads; i++) {
		if (!same_core(first, &m->threads[i]))
			continue;
		if (++n > CORE_THREADS_MAX)
			return error_set(err, ERR_FORMAT, "host '%s': core %" PRIu32 " has more "
					 "than %d threads", m->name, first->core, CORE_THREADS_MAX);
		if (!cpuset_has(&s->reserve, m->threads[i].cpu))
			c.cpu[c.n_cpus++] = m->threads[i].cpu;
	}
	if (c.n_cpus == 0)
		return 0;
	want.mhz = first->base_mhz ? first->base_mhz : first->max_mhz ? first->max_mhz : 1000;
	want.cache = s->relax & RELAX_NEIGHBOURS ? 0 : cache_of(p, s, first->cpu);
	if (node_index(p, s, first, &want.node, err) < 0 ||
	    cell_index(p, &want, m->name, &c.cell, err) < 0)
		return -1;
	c.whole = is_whole(s, &c, n);
	c.mhz = want.mhz * (100 - MIN(m->spare_percent, UINT64_C(90))) / 100 * c.n_cpus / n;
	*APPEND(p->cores, p->n_cores) = c;
	return 0;
}

static int by_cell(const void *a_, const void *b_)
{
	const struct core *a = a_, *b = b_;

	if (a->cell != b->cell)
		return a->cell < b->cell ? -1 : 1;
	return a->cpu[0] < b->cpu[0] ? -1 : 1;
}

static int add_cores(struct problem *p, const struct host_sets *s, struct error *err)
{
	const struct machine *m = s->m;

	if (m->n_threads == 0 || m->n_threads > CPU_MAX)
		return error_set(err, ERR_UNSUPPORTED, "host '%s' has %zu processors; 1 to %d can be "
				 "planned", m->name, m->n_threads, CPU_MAX);
	for (size_t i = 0; i < m->n_threads; i++) {
		bool seen = false;

		if (m->threads[i].cpu >= CPU_MAX)
			return error_set(err, ERR_UNSUPPORTED, "host '%s': processor %" PRIu32 " is "
					 "beyond the %d that can be planned", m->name,
					 m->threads[i].cpu, CPU_MAX);
		for (size_t k = 0; k < i; k++) {
			if (m->threads[k].cpu == m->threads[i].cpu)
				return error_set(err, ERR_FORMAT, "host '%s': processor %" PRIu32
						 " is described twice", m->name, m->threads[i].cpu);
			seen |= same_core(&m->threads[k], &m->threads[i]);
		}
		if (!seen && add_core(p, s, i, err) < 0)
			return -1;
	}
	if (p->n_cores)
		qsort(p->cores, p->n_cores, sizeof(*p->cores), by_cell);
	for (size_t i = p->n_cores; i > 0; i--) {
		p->cells[p->cores[i - 1].cell].first = i - 1;
		p->cells[p->cores[i - 1].cell].n++;
	}
	return 0;
}

int problem_add_host(struct problem *p, const struct machine *host, unsigned int relax,
		     struct error *err)
{
	struct host_sets s = { .m = host, .relax = relax };

	s.cache_level = bounding_level(host);
	if (read_sets(&s, err) < 0 || add_caches(p, &s, err) < 0 || add_nodes(p, &s, err) < 0 ||
	    add_cores(p, &s, err) < 0)
		return -1;
	return 0;
}
