// SPDX-License-Identifier: GPL-2.0-or-later
/* Making a plan: from wishes to demands, from the answer of the search to partitions. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/outfile.h"
#include "lib/cpulist.h"
#include "lib/plan_devices.h"
#include "lib/plan_disk.h"
#include "lib/plan_lp.h"
#include "lib/plan_processors.h"
#include "lib/planning.h"
#include "lib/ways.h"

struct outcome {
	struct plan *plan;
	const struct problem *p;
	const struct placement *where;
	uint32_t next_thread[CPU_MAX];	/* of each core, for guests that share it */
};

static uint32_t cpu_of(struct outcome *o, size_t i, uint32_t k)
{
	uint32_t index = o->where[i].core[k];
	const struct core *core = &o->p->cores[index];

	switch (o->p->demands[i].class) {
	case CLASS_RT:
		return core->cpu[0];
	case CLASS_PINNED:
		return core->cpu[o->where[i].thread[k]];
	default:
		return core->cpu[o->next_thread[index]++ % core->n_cpus];
	}
}

static void keep_placement(struct outcome *o, size_t i)
{
	const struct demand *d = &o->p->demands[i];
	struct partition *part = &o->plan->partitions[d->guest];
	struct cpuset cpus = CPUSET_INIT;

	for (uint32_t k = 0; k < d->cpus && !d->before; k++)
		cpuset_add(&cpus, cpu_of(o, i, k));
	part->cpus = d->before ? xstrdup(d->before->cpus) : cpulist_format(&cpus);
	if (d->before) {
		part->cache_level = d->before->cache_level;
		part->cache_id = d->before->cache_id;
		part->cache_ways = d->before->cache_ways;
	}
	part->node = o->p->nodes[o->where[i].node].id;
}

/* The search made sure that the ways of each cache can be divided; here it is done. */
static void keep_ways(struct outcome *o, uint32_t cache)
{
	uint32_t want[GUESTS_MAX];
	size_t who[GUESTS_MAX], n = 0;
	uint64_t mask[GUESTS_MAX];

	for (size_t i = 0; i < o->p->n_demands; i++) {
		uint32_t cell = o->p->cores[o->where[i].core[0]].cell;

		if (o->p->demands[i].ways && o->p->cells[cell].cache == cache) {
			want[n] = o->p->demands[i].ways;
			who[n++] = o->p->demands[i].guest;
		}
	}
	if (n == 0 || !ways_divide(&o->p->caches[cache], want, n, mask))
		return;
	for (size_t i = 0; i < n; i++) {
		struct partition *part = &o->plan->partitions[who[i]];

		part->cache_level = o->p->caches[cache].level;
		part->cache_id = o->p->caches[cache].id;
		part->cache_ways = mask[i];
	}
}

static void keep_answer(struct plan *plan, const struct problem *p, const struct placement *where,
			const struct search_result *r)
{
	CLEANUP_FREE struct outcome *o = xcalloc(1, sizeof(*o));

	o->plan = plan;
	o->p = p;
	o->where = where;
	for (size_t i = 0; i < p->n_demands; i++)
		keep_placement(o, i);
	for (uint32_t i = 0; i < p->n_caches; i++)
		keep_ways(o, i);
	plan->answer = xstrdup(plan_answer_name(r->answer));
	plan->cost = r->cost;
	plan->bound = r->bound;
	plan->nodes = r->nodes;
}

static void warn_about_host(struct plan *plan)
{
	const struct machine *m = &plan->host;
	bool rt = false;

	for (size_t i = 0; i < plan->n_partitions; i++)
		rt |= plan->partitions[i].class == CLASS_RT;
	if (!m->reserve_cpus || !*m->reserve_cpus)
		report_add(&plan->findings, FINDING_WARNING, m->name,
			   "the host keeps no processor for itself and competes with its guests");
	if (rt && m->rt_kernel != TRI_YES)
		report_add(&plan->findings, FINDING_WARNING, m->name,
			   "the host's own kernel is not a real-time kernel: a real-time guest needs "
			   "one, or a hypervisor that runs below it");
	if (rt && (!m->isolated || !*m->isolated))
		report_remedy(report_add(&plan->findings, FINDING_WARNING, m->name,
					 "the host's kernel isolates no processors"),
			      "under KVM, give it isolcpus= with the processors of real-time guests");
}

static int search_place(struct plan *plan, const struct line *line,
			const struct planning_options *options, enum plan_answer *ret,
			struct error *err)
{
	struct problem p CLEANUP_PROBLEM = PROBLEM_INIT;
	CLEANUP_FREE struct placement *where = NULL;
	struct search_result r;

	if (problem_make(&p, plan, line, 0, err) < 0)
		return -1;
	where = xcalloc(p.n_demands + 1, sizeof(*where));
	planner_search(&p, options->budget, where, &r);
	if (interrupt_check(err) < 0)
		return -1;
	*ret = r.answer;
	if (r.answer == ANSWER_OPTIMAL || r.answer == ANSWER_FEASIBLE)
		keep_answer(plan, &p, where, &r);
	return 0;
}

int plan_check_wishes(const struct plan *plan, const struct line *line, struct error *err)
{
	for (size_t i = 0; line && i < line->n_guests; i++) {
		bool found = false;

		for (size_t k = 0; k < plan->n_partitions; k++)
			found |= strcmp(plan->partitions[k].name, line->guests[i].name) == 0;
		if (found)
			continue;
		error_set(err, ERR_FORMAT, "the request names guest '%s', which is not among the "
			  "guests to plan", line->guests[i].name);
		return error_hint(err, "give its folder on the command line, or take it out");
	}
	for (size_t i = 0; i < plan->n_partitions; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(plan->partitions[i].name, plan->partitions[k].name) == 0)
				return error_set(err, ERR_FORMAT, "two guests are called '%s'",
						 plan->partitions[i].name);
	return 0;
}

int plan_make(struct plan *plan, const struct line *line, const struct planning_options *options,
	      struct report *why, enum plan_answer *ret, struct error *err)
{
	if (plan_check_wishes(plan, line, err) < 0 || plan_defaults(plan, line, err) < 0 ||
	    plan_start_order(plan, err) < 0)
		return -1;
	if (!plan_processors_fit(plan, why) || !plan_assign_devices(plan, line, why) || !plan_disk_fits(plan, why)) {
		*ret = ANSWER_INFEASIBLE;
		return 0;
	}
	if (search_place(plan, line, options, ret, err) < 0)
		return -1;
	if (*ret == ANSWER_INFEASIBLE && options->no_reasons)
		return 0;
	if (*ret == ANSWER_INFEASIBLE)
		return plan_explain_failure(plan, line, options->budget, why, err);
	if (*ret != ANSWER_UNKNOWN)
		warn_about_host(plan);
	else
		report_remedy(report_add(why, FINDING_ERROR, NULL, "no answer within %" PRIu64
					 " nodes of the search", options->budget),
			      "give a larger --budget");
	return 0;
}

int plan_write_lp(const struct plan *plan, const struct line *line, const char *path,
		  struct error *err)
{
	struct problem p CLEANUP_PROBLEM = PROBLEM_INIT;
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;

	if (problem_make(&p, plan, line, 0, err) < 0 ||
	    outfile_open(&out, path, OUTFILE_NEW, err) < 0)
		return -1;
	problem_write_lp(&p, out.f);
	return outfile_commit(&out, err);
}
