// SPDX-License-Identifier: GPL-2.0-or-later
/* The semantic pass over a profile: caches and what of them can be reserved. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/machine_check_private.h"

enum { WAYS_MAX = 64 };

static void check_allocation(struct machine_checking *c, const struct machine_cache *k)
{
	if (k->cat_bits > WAYS_MAX) {
		machine_wrong(c, "cache", NULL, "cat-bits=\"%" PRIu32 "\" of L%" PRIu32 " cache %" PRIu32
			      ": no processor has more than %d", k->cat_bits, k->level, k->id, WAYS_MAX);
		return;
	}
	if (k->cat_bits < WAYS_MAX && k->cat_shareable >> k->cat_bits)
		machine_wrong(c, "cache", NULL, "cat-shareable=\"0x%" PRIx64 "\" of L%" PRIu32 " cache %" PRIu32
			      " names ways that do not exist: cat-bits=\"%" PRIu32 "\"", k->cat_shareable,
			      k->level, k->id, k->cat_bits);
	if (k->cat_bits && k->cat_min_bits > k->cat_bits)
		machine_wrong(c, "cache", NULL, "cat-min-bits=\"%" PRIu32 "\" of L%" PRIu32 " cache %" PRIu32
			      " is more than its cat-bits=\"%" PRIu32 "\"", k->cat_min_bits, k->level, k->id,
			      k->cat_bits);
	if (k->cat_bits && k->cat_closids == 0)
		machine_wrong(c, "cache", "give cat-closids, or leave out cat-bits", "L%" PRIu32 " cache %" PRIu32
			      " can be divided, but into no classes (cat-closids)", k->level, k->id);
	if (k->cat_bits && k->ways && k->cat_bits > k->ways)
		machine_wrong(c, "cache", NULL, "cat-bits=\"%" PRIu32 "\" of L%" PRIu32 " cache %" PRIu32 " is more "
			      "than its ways=\"%" PRIu32 "\"", k->cat_bits, k->level, k->id, k->ways);
}

static bool same_kind(const struct machine_cache *a, const struct machine_cache *b)
{
	return a->level == b->level &&
	       strcmp(a->type ? a->type : "Unified", b->type ? b->type : "Unified") == 0;
}

void machine_check_caches(struct machine_checking *c)
{
	const struct machine *m = c->m;
	CLEANUP_FREE struct cpuset *sets = xcalloc(m->n_caches + 1, sizeof(*sets));

	if (m->n_caches > 4 * CPU_MAX) {
		machine_wrong(c, "caches", NULL, "%zu caches are described; no host has more than %d",
			      m->n_caches, 4 * CPU_MAX);
		return;
	}
	for (size_t i = 0; i < m->n_caches; i++) {
		const struct machine_cache *k = &m->caches[i];
		struct error err CLEANUP_ERROR = ERROR_INIT;

		check_allocation(c, k);
		if (cpulist_parse(k->cpus, &sets[i], &err) < 0)
			machine_wrong(c, "cache", "write it as Linux does: 0-3,8", "cpus=\"%s\" of L%" PRIu32
				      " cache %" PRIu32 ": %s", k->cpus, k->level, k->id, err.msg);
		else if (m->n_threads && !cpuset_within(&sets[i], &c->cpus))
			machine_wrong(c, "cache", NULL, "cpus=\"%s\" of L%" PRIu32 " cache %" PRIu32 " names "
				      "processors that are not described", k->cpus, k->level, k->id);
		for (size_t j = 0; j < i; j++)
			if (same_kind(k, &m->caches[j]) && cpuset_overlap(&sets[i], &sets[j]))
				machine_wrong(c, "cache", NULL, "a processor is behind two L%" PRIu32 " caches: "
					      "cpus=\"%s\" and \"%s\"", k->level, m->caches[j].cpus, k->cpus);
	}
}
