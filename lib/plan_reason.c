// SPDX-License-Identifier: GPL-2.0-or-later
/* Why no plan exists: the smallest set of rules, and of guests, without which there would be one. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/planning.h"

enum {
	PROBE_BUDGET = 200000,	/* nodes for each question that is asked */
	GUEST_PAIRS_MAX = 40,	/* more guests are not tried in pairs    */
};

struct question {
	const struct plan *plan;
	const struct line *line;
	uint64_t budget;
};

/* Would it fit without some rules and without guests @a and @b (SIZE_MAX: nobody)? */
static int fits(const struct question *q, unsigned int relax, size_t a, size_t b, bool *ret,
		struct error *err)
{
	struct problem p CLEANUP_PROBLEM = PROBLEM_INIT;
	CLEANUP_FREE struct placement *where = NULL;
	struct search_result r;
	size_t n = 0;

	if (problem_make(&p, q->plan, q->line, relax, err) < 0)
		return -1;
	for (size_t i = 0; i < p.n_demands; i++)
		if (p.demands[i].guest != a && p.demands[i].guest != b)
			p.demands[n++] = p.demands[i];
	p.n_demands = n;
	where = xcalloc(n + 1, sizeof(*where));
	planner_search(&p, q->budget, where, &r);
	*ret = r.answer == ANSWER_OPTIMAL || r.answer == ANSWER_FEASIBLE;
	return 0;
}

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

static int say_numbers(const struct question *q, struct report *why, struct error *err)
{
	struct problem p CLEANUP_PROBLEM = PROBLEM_INIT;

	if (problem_make(&p, q->plan, q->line, 0, err) < 0)
		return -1;
	say_cores(q->plan, &p, why);
	say_memory(q->plan, why);
	return 0;
}

/* Bit numbers of enum relax; cache before neighbours. */
static const unsigned int rule_order[N_RELAX] = { 0, 1, 2, 3, 4, 6, 5, 7 };

static int try_single_rules(const struct question *q, struct report *why, bool *found,
			    struct error *err)
{
	bool cache = false;

	for (unsigned int i = 0; i < N_RELAX; i++) {
		unsigned int rule = 1u << rule_order[i];
		bool ok = false;

		/* without neighbours there are no ways either: that is not the smaller set */
		if (rule == RELAX_NEIGHBOURS && cache)
			continue;
		if (fits(q, rule, SIZE_MAX, SIZE_MAX, &ok, err) < 0)
			return -1;
		if (ok)
			report_add(why, FINDING_ERROR, NULL, "it would fit but for this rule: %s",
				   relax_words(rule));
		cache |= ok && rule == RELAX_CACHE;
		*found |= ok;
	}
	return 0;
}

static int try_rule_pairs(const struct question *q, struct report *why, bool *found,
			  struct error *err)
{
	for (unsigned int i = 0; i < N_RELAX; i++)
		for (unsigned int k = i + 1; k < N_RELAX; k++) {
			bool ok = false;

			if (fits(q, 1u << i | 1u << k, SIZE_MAX, SIZE_MAX, &ok, err) < 0)
				return -1;
			if (ok)
				report_add(why, FINDING_ERROR, NULL,
					   "it would fit but for these two rules together: %s; %s",
					   relax_words(1u << i), relax_words(1u << k));
			*found |= ok;
		}
	return 0;
}

/* Guests of low priority are named first. */
static int try_guests(const struct question *q, struct report *why, bool *found, struct error *err)
{
	const struct plan *plan = q->plan;

	for (size_t i = 0; i < plan->n_partitions; i++) {
		bool ok = false;

		if (fits(q, 0, i, SIZE_MAX, &ok, err) < 0)
			return -1;
		if (ok)
			report_add(why, FINDING_ERROR, plan->partitions[i].name,
				   "without this guest the others fit (priority %" PRIu64 ")",
				   plan->partitions[i].priority);
		*found |= ok;
	}
	if (*found || plan->n_partitions > GUEST_PAIRS_MAX)
		return 0;
	for (size_t i = 0; i < plan->n_partitions && !*found; i++)
		for (size_t k = i + 1; k < plan->n_partitions && !*found; k++) {
			if (fits(q, 0, i, k, found, err) < 0)
				return -1;
			if (*found)
				report_add(why, FINDING_ERROR, NULL, "without the two guests '%s' and "
					   "'%s' the others fit", plan->partitions[i].name,
					   plan->partitions[k].name);
		}
	return 0;
}

int plan_explain_failure(const struct plan *plan, const struct line *line, uint64_t budget,
			 struct report *why, struct error *err)
{
	struct question q = { plan, line, MIN(budget, (uint64_t)PROBE_BUDGET) };
	bool rules = false, guests = false;

	if (try_single_rules(&q, why, &rules, err) < 0 ||
	    (!rules && try_rule_pairs(&q, why, &rules, err) < 0) ||
	    try_guests(&q, why, &guests, err) < 0)
		return -1;
	if (!rules && !guests)
		report_add(why, FINDING_ERROR, NULL, "no pair of rules and no pair of guests alone is "
			   "to blame: far too much is asked of this host");
	return say_numbers(&q, why, err);
}
