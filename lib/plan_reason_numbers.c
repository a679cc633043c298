// SPDX-License-Identifier: GPL-2.0-or-later
/* Where no plan exists: what is asked for, and what there is, in numbers. */
#include "config.h"

#include <inttypes.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/planning.h"

static void say_memory(const struct plan *plan, struct report *why)
{
	const struct machine *m = &plan->host;
	uint64_t need = 0, have = m->usable ? m->usable : m->memory;

	for (size_t i = 0; i < plan->n_partitions; i++)
		need += plan->partitions[i].memory + plan->partitions[i].overhead;
	have -= MIN(have, m->reserve_memory);
	if (need > have) {
		CLEANUP_FREE char *need_text = format_size(need), *have_text = format_size(have);

		report_add(why, FINDING_NOTE, "memory", "the guests and their virtual machines need %s; "
			   "the host has %s for them", need_text, have_text);
	}
}

static void say_cores(const struct plan *plan, const struct problem *p, struct report *why)
{
	uint64_t rt = 0, pinned = 0, mhz = 0, whole = 0, threads = 0, have_mhz = 0;

	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *part = &plan->partitions[i];

		rt += part->class == CLASS_RT ? part->vcpus : 0;
		pinned += part->class == CLASS_PINNED ? part->vcpus : 0;
		mhz += part->class == CLASS_SHARED ? part->vcpus * part->mhz : 0;
	}
	for (size_t i = 0; i < p->n_cores; i++) {
		whole += p->cores[i].whole;
		threads += p->cores[i].n_cpus;
		have_mhz += p->cores[i].mhz;
	}
	report_add(why, FINDING_NOTE, "processors", "asked for: %" PRIu64 " whole cores, %" PRIu64
		   " threads, %" PRIu64 " MHz; to give: %zu cores (%" PRIu64 " of them whole), %"
		   PRIu64 " threads, %" PRIu64 " MHz", rt, pinned, mhz, p->n_cores, whole, threads,
		   have_mhz);
}

/* Ways in a row that nobody else uses, at most. */
static uint32_t longest_run(const struct cache_room *c)
{
	uint32_t longest = 0, run = 0;

	for (uint32_t bit = 0; bit < c->bits; bit++) {
		run = (c->shareable | c->taken) >> bit & 1 ? 0 : run + 1;
		longest = MAX(longest, run);
	}
	return longest;
}

static void say_ways(const struct problem *p, const char *lacks, struct report *why)
{
	uint64_t ways = 0, most = 0, guests = 0;

	for (size_t i = 0; i < p->n_demands; i++) {
		ways += p->demands[i].ways;
		most = MAX(most, (uint64_t)p->demands[i].ways);
		guests += p->demands[i].ways != 0;
	}
	if (!guests)
		return;
	if (p->classes == 0) {
		report_add(why, FINDING_NOTE, "cache", "no cache of this host can be divided%s%s",
			   lacks ? ": " : "", lacks ? lacks : "");
		return;
	}
	report_add(why, FINDING_NOTE, "cache", "asked for: %" PRIu64 " ways of %" PRIu64 " guests, up to %"
		   PRIu64 " of one; %" PRIu32 " guests can have ways of their own", ways, guests, most,
		   p->classes);
	for (size_t i = 1; i < p->n_caches; i++) {
		const struct cache_room *c = &p->caches[i];

		if (c->bits)
			report_add(why, FINDING_NOTE, "cache", "to give: L%" PRIu32 " cache %" PRIu32
				   " has %" PRIu32 " ways, %d of them shared by devices or in use, up to %"
				   PRIu32 " in a row%s", c->level, c->id, c->bits,
				   __builtin_popcountll(c->shareable | c->taken), longest_run(c),
				   c->shareable ? "" : ", of which everybody else keeps some");
	}
}

int plan_say_numbers(const struct plan *plan, const struct line *line, struct report *why,
		     struct error *err)
{
	struct problem p CLEANUP_PROBLEM = PROBLEM_INIT;

	if (problem_make(&p, plan, line, 0, err) < 0)
		return -1;
	say_cores(plan, &p, why);
	say_ways(&p, machine_lacks(&plan->host, "cat"), why);
	say_memory(plan, why);
	return 0;
}
