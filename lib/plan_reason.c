// SPDX-License-Identifier: GPL-2.0-or-later
/* Why no plan exists: the smallest set of rules, and of guests, without which there would be one. */
#include "config.h"

#include <inttypes.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/strv.h"
#include "lib/planning.h"

enum {
	PROBE_BUDGET = 200000,	/* nodes for each question that is asked           */
	SMALL_BUDGET = 20000,	/* the same where many are asked                   */
	RULES_MAX = 3,		/* larger sets of rules are not tried              */
	GUESTS_TRIED_MAX = 20000,	/* sets of guests: more are not tried      */
};

struct question {
	const struct plan *plan;
	const struct line *line;
	uint64_t budget;
};

/* Would it fit without some rules and without some guests (NULL: nobody is left out)? */
static int fits(const struct question *q, unsigned int relax, const bool *out, bool *ret,
		struct error *err)
{
	struct problem p CLEANUP_PROBLEM = PROBLEM_INIT;
	CLEANUP_FREE struct placement *where = NULL;
	struct search_result r;
	size_t n = 0;

	if (problem_make(&p, q->plan, q->line, relax, err) < 0)
		return -1;
	for (size_t i = 0; i < p.n_demands; i++) {
		if (out && out[p.demands[i].guest])
			free(STEAL(p.demands[i].stay));
		else
			p.demands[n++] = p.demands[i];
	}
	p.n_demands = n;
	where = xcalloc(n + 1, sizeof(*where));
	planner_search(&p, q->budget, where, &r);
	if (interrupt_check(err) < 0)
		return -1;
	*ret = r.answer == ANSWER_OPTIMAL || r.answer == ANSWER_FEASIBLE;
	return 0;
}

/* Bit numbers of enum relax; cache before neighbours, which without each other are no smaller set. */
static const unsigned int rule_order[N_RELAX] = { 0, 1, 2, 3, 4, 6, 5, 7, 8 };

/* The next set of @k of @n things, each a rising list of indices; false after the last one. */
static bool next_set(size_t *set, size_t k, size_t n)
{
	size_t i = k;

	while (i > 0 && set[i - 1] == n - k + i - 1)
		i--;
	if (i == 0)
		return false;
	set[i - 1]++;
	for (; i < k; i++)
		set[i] = set[i - 1] + 1;
	return true;
}

static void first_set(size_t *set, size_t k)
{
	for (size_t i = 0; i < k; i++)
		set[i] = i;
}

static void blame_rules(const size_t *set, size_t k, struct report *why)
{
	struct strv words CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;

	for (size_t i = 0; i < k; i++)
		strv_add(&words, relax_words(1u << rule_order[set[i]]));
	list = strv_join(&words, "; ");
	report_add(why, FINDING_ERROR, NULL, "it would fit but for %s: %s",
		   k == 1 ? "this rule" : k == 2 ? "these two rules together"
						  : "these three rules together", list);
}

static int try_rules(const struct question *q, size_t k, struct report *why, bool *found,
		     struct error *err)
{
	size_t set[RULES_MAX], n = q->plan->previous ? N_RELAX : N_RELAX - 1;
	bool cache = false;

	first_set(set, k);
	do {
		unsigned int relax = 0;
		bool ok = false;

		for (size_t i = 0; i < k; i++)
			relax |= 1u << rule_order[set[i]];
		/* without neighbours there are no ways either: that is not the smaller set */
		if (cache && relax == RELAX_NEIGHBOURS)
			continue;
		if (fits(q, relax, NULL, &ok, err) < 0)
			return -1;
		if (ok)
			blame_rules(set, k, why);
		cache |= ok && relax == RELAX_CACHE;
		*found |= ok;
	} while (next_set(set, k, n));
	return 0;
}

static void blame_guests(const struct plan *plan, const bool *out, size_t k, struct report *why)
{
	struct strv names CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;

	for (size_t i = 0; i < plan->n_partitions; i++) {
		if (!out[i])
			continue;
		strv_addf(&names, "'%s'", plan->partitions[i].name);
		if (k == 1)
			report_add(why, FINDING_ERROR, plan->partitions[i].name,
				   "without this guest the others fit (priority %" PRIu64 ")",
				   plan->partitions[i].priority);
	}
	list = strv_join(&names, ", ");
	if (k > 1)
		report_add(why, FINDING_ERROR, NULL, "without the %zu guests %s the others fit", k,
			   list);
}

/* All sets of @k guests; beyond one guest the first that helps is enough. */
static int try_guests(const struct question *q, size_t k, struct report *why, bool *found,
		      struct error *err)
{
	size_t n = q->plan->n_partitions;
	CLEANUP_FREE bool *out = NULL;
	size_t set[3];

	if (k >= n)
		return 0;
	first_set(set, k);
	do {
		bool ok = false;

		free(out);
		out = xcalloc(n, sizeof(*out));
		for (size_t i = 0; i < k; i++)
			out[set[i]] = true;
		if (fits(q, 0, out, &ok, err) < 0)
			return -1;
		if (ok)
			blame_guests(q->plan, out, k, why);
		*found |= ok;
	} while (!(k > 1 && *found) && next_set(set, k, n));
	return 0;
}

/* Who could go first: low priority, then much memory. */
static bool goes_before(const struct partition *a, const struct partition *b)
{
	return a->priority != b->priority ? a->priority < b->priority : a->memory > b->memory;
}

static size_t next_to_go(const struct plan *plan, const bool *out)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < plan->n_partitions; i++)
		if (!out[i] && (best == SIZE_MAX ||
				goes_before(&plan->partitions[i], &plan->partitions[best])))
			best = i;
	return best;
}

/* Far too much: guests go until the rest fits, then whoever can come back does. */
static int try_many_guests(const struct question *q, struct report *why, bool *found,
			   struct error *err)
{
	size_t n = q->plan->n_partitions, k = 0;
	CLEANUP_FREE bool *out = xcalloc(n + 1, sizeof(*out));

	while (!*found && k + 1 < n) {
		out[next_to_go(q->plan, out)] = true;
		k++;
		if (fits(q, 0, out, found, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < n && *found; i++) {
		bool ok = false;

		if (!out[i])
			continue;
		out[i] = false;
		if (fits(q, 0, out, &ok, err) < 0)
			return -1;
		out[i] = !ok;
		k -= ok;
	}
	if (*found)
		blame_guests(q->plan, out, k, why);
	return 0;
}

int plan_explain_failure(const struct plan *plan, const struct line *line, uint64_t budget,
			 struct report *why, struct error *err)
{
	struct question q = { plan, line, MIN(budget, (uint64_t)PROBE_BUDGET) };
	size_t n = plan->n_partitions;
	bool rules = false, guests = false;

	for (size_t k = 1; k <= 2 && !rules; k++)
		if (try_rules(&q, k, why, &rules, err) < 0)
			return -1;
	if (try_guests(&q, 1, why, &guests, err) < 0)
		return -1;
	q.budget = MIN(budget, (uint64_t)SMALL_BUDGET);
	if (!rules && try_rules(&q, RULES_MAX, why, &rules, err) < 0)
		return -1;
	for (size_t k = 2; k <= 3 && !guests && n * n * (k == 3 ? n : 1) <= GUESTS_TRIED_MAX; k++)
		if (try_guests(&q, k, why, &guests, err) < 0)
			return -1;
	if (!guests && try_many_guests(&q, why, &guests, err) < 0)
		return -1;
	if (!rules && !guests)
		report_add(why, FINDING_ERROR, NULL, "no three rules and no guests alone are to blame: "
			   "far too much is asked of this host");
	return plan_say_numbers(plan, line, why, err);
}
