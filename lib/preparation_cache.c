// SPDX-License-Identifier: GPL-2.0-or-later
/* The cache of a host for the guests of a plan: Linux, Documentation/arch/x86/resctrl.rst. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/preparation_steps.h"

#define RESCTRL "/sys/fs/resctrl"

static bool is_there(const struct preparation *p, const char *path)
{
	CLEANUP_FREE char *full = xasprintf("%s%s", p->root, path);

	return path_exists(full);
}

/* One group for a guest: its ways, and its processors. */
static void make_group(struct preparation *p, const struct partition *part)
{
	CLEANUP_FREE char *group = xasprintf(RESCTRL "/rehost-%s", part->name);

	if (!is_there(p, group))
		step_folder(p, xasprintf("a share of the cache for %s", part->name), xstrdup(group));
	step_write(p, xasprintf("its ways"), xasprintf("%s/schemata", group),
		   xasprintf("L%" PRIu32 ":%" PRIu32 "=%" PRIx64, part->cache_level,
			     part->cache_id, part->cache_ways))->inside = true;
	step_write(p, xasprintf("its processors"), xasprintf("%s/cpus_list", group),
		   xstrdup(part->cpus))->inside = true;
}

/* All ways of a cache, as the profile of the host has it; 0: not known */
static uint64_t all_ways(const struct plan *plan, uint32_t level, uint32_t id)
{
	for (size_t i = 0; i < plan->host.n_caches; i++) {
		const struct machine_cache *c = &plan->host.caches[i];

		if (c->level == level && c->id == id && c->cat_bits && c->cat_bits < 64)
			return (UINT64_C(1) << c->cat_bits) - 1;
	}
	return 0;
}

/* The ways of this cache that the host itself may use now: "L3:0=fff;1=fff" in the text of a group */
static bool ways_now(const struct preparation *p, uint32_t level, uint32_t id, uint64_t *ret)
{
	CLEANUP_FREE char *path = xasprintf("%s" RESCTRL "/schemata", p->root), *text = NULL;
	CLEANUP_FREE char *name = xasprintf("L%" PRIu32 ":", level);
	struct strv lines CLEANUP_STRV = STRV_INIT;

	if (file_read(path, 4096, &text, NULL, NULL) < 0)
		return false;
	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		const char *line = lines.v[i] + strspn(lines.v[i], " ");
		struct strv parts CLEANUP_STRV = STRV_INIT;

		if (strncmp(line, name, strlen(name)) != 0)
			continue;
		strv_split(&parts, line + strlen(name), ";");
		for (size_t k = 0; k < parts.n; k++) {
			uint32_t at = 0;

			if (sscanf(parts.v[k], " %" SCNu32 "=%" SCNx64, &at, ret) == 2 && at == id)
				return true;
		}
	}
	return false;
}

/* Who is in no group uses what is in nobody's: a way that the host shares is no guest's own. */
static void leave_cache(struct preparation *p, const struct plan *plan, const struct partition *part)
{
	uint32_t level = part->cache_level, id = part->cache_id;
	uint64_t now = all_ways(plan, level, id), rest;
	struct step *s;

	(void)ways_now(p, level, id, &now);
	rest = now;
	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *other = &plan->partitions[i];

		if (other->cache_level == level && other->cache_id == id)
			rest &= ~other->cache_ways;
	}
	if (rest == now && now)
		return;
	if (!rest) {
		report_remedy(report_add(&p->findings, FINDING_WARNING, "host", "it is not known which ways of "
					 "cache L%" PRIu32 " %" PRIu32 " are left: the host goes on using those "
					 "of the guests", level, id),
			      "profile the host anew with resctrl mounted, and plan again");
		return;
	}
	s = step_write(p, xasprintf("the host keeps to its own ways of cache L%" PRIu32 " %" PRIu32, level, id),
		       xstrdup(RESCTRL "/schemata"), xasprintf("L%" PRIu32 ":%" PRIu32 "=%" PRIx64, level, id, rest));
	s->back = xasprintf("L%" PRIu32 ":%" PRIu32 "=%" PRIx64, level, id, now);
}

/* Is partition @i the first with ways of its cache? */
static bool is_first(const struct plan *plan, size_t i)
{
	const struct partition *part = &plan->partitions[i];

	for (size_t k = 0; k < i; k++)
		if (plan->partitions[k].cache_ways && plan->partitions[k].cache_level == part->cache_level &&
		    plan->partitions[k].cache_id == part->cache_id)
			return false;
	return true;
}

void prepare_cache(struct preparation *p, const struct plan *plan, bool groups)
{
	bool mounted = is_there(p, RESCTRL "/schemata");

	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *part = &plan->partitions[i];

		if (!part->cache_ways)
			continue;
		if (!mounted)
			step_run(p, xstrdup("cache allocation"), "mount -t resctrl resctrl " RESCTRL,
				 "umount " RESCTRL)->optional = true;
		mounted = true;
		if (is_first(plan, i))
			leave_cache(p, plan, part);
		if (groups)
			make_group(p, part);
	}
}
