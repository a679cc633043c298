// SPDX-License-Identifier: GPL-2.0-or-later
/* Second opinion on a plan: cache ways. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/plan_check.h"

static bool is_run(uint64_t mask)
{
	mask >>= __builtin_ctzll(mask);
	return (mask & (mask + 1)) == 0;
}

static const struct machine_cache *find_cache(const struct machine *m, const struct partition *p)
{
	for (size_t i = 0; i < m->n_caches; i++)
		if (m->caches[i].level == p->cache_level && m->caches[i].id == p->cache_id &&
		    m->caches[i].cat_bits)
			return &m->caches[i];
	return NULL;
}

static void check_mask(struct check *c, size_t i, const struct machine_cache *cache)
{
	const struct partition *p = &c->plan->partitions[i];
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct cpuset behind = CPUSET_INIT;

	if (cache->cat_bits < 64 && p->cache_ways >> cache->cat_bits)
		check_broken(c, p->name, "ways 0x%" PRIx64 " do not exist: the cache has %" PRIu32,
			     p->cache_ways, cache->cat_bits);
	if (!is_run(p->cache_ways))
		check_broken(c, p->name, "ways 0x%" PRIx64 " are not one run", p->cache_ways);
	if ((uint32_t)__builtin_popcountll(p->cache_ways) < cache->cat_min_bits)
		check_broken(c, p->name, "ways 0x%" PRIx64 " are less than the least, %" PRIu32,
			     p->cache_ways, cache->cat_min_bits);
	if (p->cache_ways & cache->cat_shareable)
		check_broken(c, p->name, "ways 0x%" PRIx64 " are used by other devices, too (0x%"
			     PRIx64 ")", p->cache_ways, cache->cat_shareable);
	if (cpulist_parse(cache->cpus, &behind, &err) < 0 ||
	    !cpuset_within(&c->cpus[i], &behind))
		check_broken(c, p->name, "its processors %s are not behind cache %" PRIu32
			     " of level %" PRIu32, p->cpus, p->cache_id, p->cache_level);
}

static void check_overlap(struct check *c, size_t i)
{
	const struct partition *p = &c->plan->partitions[i];

	for (size_t k = 0; k < i; k++) {
		const struct partition *q = &c->plan->partitions[k];

		if (q->cache_level == p->cache_level && q->cache_id == p->cache_id &&
		    q->cache_ways & p->cache_ways)
			check_broken(c, p->name, "ways 0x%" PRIx64 " are also given to %s",
				     q->cache_ways & p->cache_ways, q->name);
	}
}

static uint32_t longest(uint64_t mask)
{
	uint32_t n = 0;

	for (; mask; n++)	/* each step shortens every run by one bit */
		mask &= mask >> 1;
	return n;
}

/* Everybody without ways of his own lives in what is left. */
static void check_rest(struct check *c, const struct machine_cache *cache)
{
	uint64_t rest = cache->cat_bits >= 64 ? UINT64_MAX : (UINT64_C(1) << cache->cat_bits) - 1;

	for (size_t i = 0; i < c->plan->n_partitions; i++)
		if (c->plan->partitions[i].cache_level == cache->level &&
		    c->plan->partitions[i].cache_id == cache->id)
			rest &= ~c->plan->partitions[i].cache_ways;
	if (longest(rest) < MAX(cache->cat_min_bits, 1u))
		check_broken(c, "cache", "cache %" PRIu32 " of level %" PRIu32 " has no ways left for "
			     "the host", cache->id, cache->level);
}

void check_cache(struct check *c)
{
	const struct machine *m = &c->plan->host;
	uint32_t classes = 0, closids = 0;

	for (size_t i = 0; i < c->plan->n_partitions; i++) {
		const struct partition *p = &c->plan->partitions[i];
		const struct machine_cache *cache = find_cache(m, p);

		if (!p->cache_ways)
			continue;
		classes++;
		if (!cache) {
			check_broken(c, p->name, "cache %" PRIu32 " of level %" PRIu32 " does not exist "
				     "or cannot be divided", p->cache_id, p->cache_level);
			continue;
		}
		check_mask(c, i, cache);
		check_overlap(c, i);
	}
	for (size_t i = 0; i < m->n_caches; i++) {
		const struct machine_cache *cache = &m->caches[i];

		if (!cache->cat_bits || (cache->type && strcmp(cache->type, "Unified") != 0))
			continue;
		check_rest(c, cache);
		closids = closids ? MIN(closids, cache->cat_closids) : cache->cat_closids;
	}
	if (classes && classes + 1 > closids)
		check_broken(c, "cache", "%" PRIu32 " guests have ways of their own, and the host has %"
			     PRIu32 " classes (closids), one of them its own", classes, closids);
}
