// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost plan: who gets which cores, cache, memory and devices of a host; or check such a plan. */
#include "config.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/plan_verify.h"
#include "lib/plan_view.h"
#include "lib/planning.h"

struct options {
	char *host, *line, *output, *check, *budget, *lp, *svg;
	int json, explain, wiring;
};

static void cleanup_options(struct options *o)
{
	char *texts[] = { o->host, o->line, o->output, o->check, o->budget, o->lp, o->svg };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
}

static void print_plan(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *p = &plan->partitions[i];
		CLEANUP_FREE char *memory = format_size(p->memory);

		printf("%-16s %-7s processors %-10s memory %-9s node %" PRId64, p->name,
		       partition_class_names[p->class], p->cpus, memory, p->node);
		if (p->cache_ways)
			printf("  ways 0x%" PRIx64 " of L%" PRIu32 " cache %" PRIu32, p->cache_ways,
			       p->cache_level, p->cache_id);
		putchar('\n');
	}
}

static void print_result_json(const struct plan *plan, enum plan_answer answer,
			      const struct report *r)
{
	struct json_object *o = plan->answer ? plan_to_json(plan) : json_object_new_object();

	json_object_object_add(o, "answer", json_object_new_string(plan_answer_name(answer)));
	json_object_object_add(o, "findings", report_to_json(r));
	print_json(o);
}

static int check_plan(const struct options *o, struct error *err)
{
	struct plan plan CLEANUP_PLAN = PLAN_INIT;
	struct report report CLEANUP_REPORT = REPORT_INIT;

	if (plan_open(&plan, o->check, err) < 0)
		return -1;
	plan_verify(&plan, &report);
	if (o->json)
		print_json(report_to_json(&report));
	else
		print_report(&report);
	if (!o->json && !report.n_findings)
		printf("%s keeps all rules\n", o->check);
	return report_count(&report, FINDING_ERROR) ? COMMAND_FINDINGS : 0;
}

static int open_all(struct plan *plan, const struct options *o, const struct strv *guests,
		    struct error *err)
{
	CLEANUP_FREE char *output = NULL, *host = NULL;

	if (path_absolute(o->output ? o->output : "plan" PLAN_SUFFIX, &output, err) < 0 ||
	    path_absolute(o->host, &host, err) < 0 || machine_read(&plan->host, o->host, err) < 0)
		return -1;
	plan->dir = path_dirname(output);
	plan->name = path_stem(output, PLAN_SUFFIX);
	plan->host_path = path_relative(plan->dir, host);
	for (size_t i = 0; i < guests->n; i++) {
		struct partition *p = APPEND(plan->partitions, plan->n_partitions);
		CLEANUP_FREE char *path = NULL;

		if (path_absolute(guests->v[i], &path, err) < 0 ||
		    guest_open(&p->guest, guests->v[i], err) < 0)
			return -1;
		p->guest_path = path_relative(plan->dir, path);
		p->name = xstrdup(p->guest.name);
	}
	return 0;
}

/* No plan leaves this program without the second opinion. */
static int second_opinion(const struct plan *plan, struct error *err)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;

	plan_verify(plan, &report);
	if (report.n_findings == 0)
		return 0;
	error_set(err, ERR_INTEGRITY, "internal error: the plan does not pass its verification: %s: %s",
		  report.findings[0].subject, report.findings[0].text);
	return error_hint(err, "please report this with the profile and the guests' guest.xml");
}

static int write_views(const struct plan *plan, const struct options *o, struct error *err)
{
	if (o->output && plan_write(plan, o->output, err) < 0)
		return -1;
	if (o->svg && plan_write_svg(plan, o->svg, err) < 0)
		return -1;
	return 0;
}

static void print_views(const struct plan *plan, const struct options *o)
{
	print_plan(plan);
	print_report(&plan->findings);
	if (o->explain)
		plan_print_explanation(plan, stdout);
	if (o->wiring)
		plan_print_wiring(plan, stdout);
	if (strcmp(plan->answer, "feasible") == 0)
		printf("feasible: costs %" PRIu64 ", the best plan costs at least %" PRIu64 "\n",
		       plan->cost, plan->bound);
	else
		printf("optimal: no plan costs less than %" PRIu64 " (%" PRIu64 " nodes searched)\n",
		       plan->cost, plan->nodes);
}

static int make_plan(const struct options *o, const struct strv *guests, struct error *err)
{
	struct plan plan CLEANUP_PLAN = PLAN_INIT;
	struct line line CLEANUP_LINE = LINE_INIT;
	struct report why CLEANUP_REPORT = REPORT_INIT;
	struct planning_options options = { .budget = PLANNER_BUDGET };
	enum plan_answer answer;

	if (o->budget && parse_u64(o->budget, 1, UINT64_MAX - 1, &options.budget, err) < 0)
		return error_wrap(err, "--budget");
	if (open_all(&plan, o, guests, err) < 0 ||
	    (o->line && line_read(&line, o->line, err) < 0) ||
	    plan_make(&plan, &line, &options, &why, &answer, err) < 0 ||
	    (o->lp && plan_write_lp(&plan, &line, o->lp, err) < 0))
		return -1;
	if (answer == ANSWER_INFEASIBLE || answer == ANSWER_UNKNOWN) {
		if (o->json)
			print_result_json(&plan, answer, &why);
		else
			print_report(&why);
		return COMMAND_FINDINGS;
	}
	if (second_opinion(&plan, err) < 0 || write_views(&plan, o, err) < 0)
		return -1;
	if (o->json)
		print_result_json(&plan, answer, &plan.findings);
	else
		print_views(&plan, o);
	return 0;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	struct options o __attribute__((cleanup(cleanup_options))) = { 0 };
	struct strv guests CLEANUP_STRV = STRV_INIT;
	const struct poptOption options[] = {
		{ "host", 0, POPT_ARG_STRING, &o.host, 0, "plan for the host of this profile",
		  "FILE" },
		{ "request", 0, POPT_ARG_STRING, &o.line, 0, "what is asked for each guest",
		  "FILE" },
		{ "output", 'o', POPT_ARG_STRING, &o.output, 0, "write the plan to FILE", "FILE" },
		{ "budget", 0, POPT_ARG_STRING, &o.budget, 0,
		  "look at N nodes of the search at most", "N" },
		{ "explain", 0, POPT_ARG_NONE, &o.explain, 0,
		  "say why each guest is where it is", NULL },
		{ "wiring", 0, POPT_ARG_NONE, &o.wiring, 0,
		  "print which cable goes where", NULL },
		{ "svg", 0, POPT_ARG_STRING, &o.svg, 0,
		  "draw the host and its partitions", "FILE" },
		{ "lp", 0, POPT_ARG_STRING, &o.lp, 0,
		  "write the problem in LP format, for glpsol or cbc", "FILE" },
		{ "check", 0, POPT_ARG_STRING, &o.check, 0,
		  "verify the plan in FILE instead", "FILE" },
		{ "json", 0, POPT_ARG_NONE, &o.json, 0, "print JSON", NULL },
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 0, ARGS_ANY, argc, argv, &guests, err);

	if (rc <= 0)
		return rc;
	if (o.check)
		return check_plan(&o, err);
	if (o.host && guests.n)
		return make_plan(&o, &guests, err);
	error_set(err, ERR_USAGE, "plan: a host and at least one guest are needed");
	return error_hint(err, "rehost plan --host HOST.xml NAME.guest -o NAME.plan.xml");
}

const struct command command_plan = {
	.name = "plan",
	.synopsis = "--host HOST.xml [--request LINE.xml] NAME.guest... -o NAME.plan.xml",
	.summary = "decide which guest gets which part of a host",
	.text = "Gives each guest processors, cache, memory and devices of one host. The answer is\n"
		"proven: no plan uses fewer cores, or it says how far it may be from that. If the\n"
		"guests do not fit, it says which rule or which guest is to blame, and exits with 1.\n"
		"A second, separate check runs on every plan; --check runs it on a plan edited by hand.\n"
		"    rehost plan --host edge7.xml press4.guest oven2.guest -o hall3.plan.xml",
	.run = run,
};
