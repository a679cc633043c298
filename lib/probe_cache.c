// SPDX-License-Identifier: GPL-2.0-or-later
/* Caches, who shares them, and what of them can be allocated (CAT). */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/cpulist.h"
#include "lib/probe.h"

enum { CACHE_LEVEL_MAX = 4, WAYS_MAX = 1024 };

static bool is_known(const struct machine *m, uint32_t level, const char *type, const char *cpus)
{
	for (size_t i = 0; i < m->n_caches; i++)
		if (m->caches[i].level == level && strcmp(m->caches[i].cpus, cpus) == 0 &&
		    strcmp(m->caches[i].type, type) == 0)
			return true;
	return false;
}

static uint32_t count_level(const struct machine *m, uint32_t level, const char *type)
{
	uint32_t n = 0;

	for (size_t i = 0; i < m->n_caches; i++)
		n += m->caches[i].level == level && strcmp(m->caches[i].type, type) == 0;
	return n;
}

/* Each CPU lists all its caches: the first one that names a cache describes it. */
static void add_cache(const struct facts *f, const char *dir, struct machine *m)
{
	CLEANUP_FREE char *shared = probe_text(f, "%s/shared_cpu_list", dir);
	CLEANUP_FREE char *type = probe_text(f, "%s/type", dir);
	CLEANUP_FREE char *size = probe_text(f, "%s/size", dir);
	uint32_t level = probe_u32(f, 0, "%s/level", dir);
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct cpuset cpus = CPUSET_INIT;
	struct machine_cache *c;
	uint64_t bytes = 0;
	uint32_t id;

	if (!shared || !type || !size || level < 1 || level > CACHE_LEVEL_MAX ||
	    cpulist_parse(shared, &cpus, &err) < 0 || parse_size(size, &bytes, &err) < 0 ||
	    is_known(m, level, type, shared))
		return;
	/* old kernels do not number caches: count them then */
	id = probe_u32(f, count_level(m, level, type), "%s/id", dir);
	c = APPEND(m->caches, m->n_caches);
	c->level = level;
	c->id = id;
	c->ways = probe_u32(f, 0, "%s/ways_of_associativity", dir);
	c->ways = c->ways > WAYS_MAX ? 0 : c->ways;
	c->type = STEAL(type);
	c->size = bytes;
	c->cpus = STEAL(shared);
}

/* resctrl tells one set of numbers for all caches of a level. */
static void fill_cat(const struct facts *f, const char *info, uint32_t level, bool cdp,
		     struct machine *m)
{
	CLEANUP_FREE char *mask = probe_text(f, "sys/fs/resctrl/info/%s/cbm_mask", info);
	CLEANUP_FREE char *shareable = probe_text(f, "sys/fs/resctrl/info/%s/shareable_bits", info);
	struct error err CLEANUP_ERROR = ERROR_INIT;
	uint64_t bits = 0, shared = 0;
	CLEANUP_FREE char *hex = mask ? xasprintf("0x%s", mask) : NULL;
	CLEANUP_FREE char *shared_hex = shareable ? xasprintf("0x%s", shareable) : NULL;

	if (!hex || parse_u64(hex, 1, UINT64_MAX, &bits, &err) < 0)
		return;
	if (shared_hex && parse_u64(shared_hex, 0, bits, &shared, &err) < 0)
		shared = 0;
	for (size_t i = 0; i < m->n_caches; i++) {
		struct machine_cache *c = &m->caches[i];

		if (c->level != level || strcmp(c->type, "Unified") != 0)
			continue;
		c->cat_bits = (uint32_t)__builtin_popcountll(bits);
		c->cat_min_bits = probe_u32(f, 1, "sys/fs/resctrl/info/%s/min_cbm_bits", info);
		c->cat_closids = probe_u32(f, 0, "sys/fs/resctrl/info/%s/num_closids", info);
		c->cat_shareable = shared;
		c->cat_cdp = cdp ? TRI_YES : TRI_NO;
	}
}

static void probe_cat(const struct facts *f, struct machine *m)
{
	CLEANUP_FREE char *cpuinfo = facts_read(f, "proc/cpuinfo", NULL);
	CLEANUP_FREE char *flags = cpuinfo ? probe_key(cpuinfo, "flags") : NULL;
	struct strv list CLEANUP_STRV = STRV_INIT;

	if (facts_has(f, "sys/fs/resctrl/info")) {
		fill_cat(f, "L2", 2, false, m);
		fill_cat(f, "L2CODE", 2, true, m);
		fill_cat(f, "L3", 3, false, m);
		fill_cat(f, "L3CODE", 3, true, m);
		return;
	}
	if (flags)
		strv_split(&list, flags, " ");
	if (strv_has(&list, "cat_l3") || strv_has(&list, "cat_l2"))
		machine_miss(m, "cat", "the processor can allocate cache, but resctrl is not "
				       "mounted: mount -t resctrl resctrl /sys/fs/resctrl");
	else
		machine_miss(m, "cat", "the processor does not say that it can allocate cache");
}

void probe_caches(const struct facts *f, struct machine *m)
{
	for (size_t i = 0; i < m->n_threads; i++) {
		CLEANUP_FREE char *dir = xasprintf("sys/devices/system/cpu/cpu%" PRIu32 "/cache",
						   m->threads[i].cpu);
		struct strv names CLEANUP_STRV = STRV_INIT;

		probe_list(f, &names, "%s", dir);
		for (size_t k = 0; k < names.n && k < 16; k++) {
			CLEANUP_FREE char *cache = xasprintf("%s/%s", dir, names.v[k]);

			if (strncmp(names.v[k], "index", 5) == 0)
				add_cache(f, cache, m);
		}
	}
	if (m->n_caches == 0)
		machine_miss(m, "caches", "no folder sys/devices/system/cpu/cpu*/cache/index*");
	probe_cat(f, m);
}
