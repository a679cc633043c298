// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost plan: who gets which cores, cache, memory and devices of a host; or check such a plan. */
#include "config.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/plan_ask.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/fleet.h"
#include "lib/machine_check.h"
#include "lib/plan_verify.h"
#include "lib/plan_view.h"
#include "lib/planning.h"

enum { PLAN_NAME_MAX = 63 };	/* as the schema has it */

struct options {
	const char **hosts, **loads, **asks;
	char *line, *output, *previous, *budget, *lp, *svg;
	int json, explain, wiring, move, no_failover;
};

static void free_list(const char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free((char *)list[i]);
	free(list);
}

static void cleanup_options(struct options *o)
{
	char *texts[] = { o->line, o->output, o->previous, o->budget, o->lp, o->svg };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
	free_list(o->hosts);
	free_list(o->loads);
	free_list(o->asks);
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

/* The name stands in documents, file names and configurations of hypervisors. */
static int check_name(const char *name, struct error *err)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t len = strlen(name);

	if (strspn(name, first) > 0 && len <= PLAN_NAME_MAX &&
	    strspn(name, "_.-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == len)
		return 0;
	error_set(err, ERR_USAGE, "'%s' cannot be the name of a plan: letters, digits, '_', '.' and '-', "
		  "at most %d of them", name, PLAN_NAME_MAX);
	return error_hint(err, "choose another file for --output");
}

static int open_host(struct plan *plan, const char *path, const char *output, struct error *err)
{
	CLEANUP_FREE char *real = NULL, *host = NULL;

	if (path_absolute(output, &real, err) < 0 || path_absolute(path, &host, err) < 0 ||
	    machine_read(&plan->host, path, err) < 0 || machine_refuse_planning(&plan->host, err) < 0)
		return -1;
	plan->dir = path_dirname(real);
	plan->name = path_stem(real, PLAN_SUFFIX);
	plan->host_path = path_relative(plan->dir, host);
	return check_name(plan->name, err);
}

static int open_guests(struct plan *plan, const char *dir, const struct strv *guests,
		       struct error *err)
{
	for (size_t i = 0; i < guests->n; i++) {
		struct partition *p = APPEND(plan->partitions, plan->n_partitions);
		CLEANUP_FREE char *path = NULL;

		if (path_absolute(guests->v[i], &path, err) < 0 ||
		    guest_open(&p->guest, guests->v[i], err) < 0)
			return -1;
		p->guest_path = path_relative(dir, path);
		p->name = xstrdup(p->guest.name);
	}
	return 0;
}

static const char *output_of(const struct options *o)
{
	return o->output ? o->output : "plan" PLAN_SUFFIX;
}

/* Exports given on the command line go before those that the request names. */
static int add_loads(struct line *line, const char *const *loads, struct error *err)
{
	for (size_t i = 0; loads && loads[i]; i++) {
		const char *equal = strchr(loads[i], '=');
		CLEANUP_FREE char *name = equal ? xstrndup(loads[i], (size_t)(equal - loads[i])) : NULL;
		struct line_guest *wish;

		if (!equal || !*name || !equal[1]) {
			error_set(err, ERR_USAGE, "--load: '%s' is not GUEST=FILE", loads[i]);
			return error_hint(err, "rehost plan ... --load press4=press4-load.csv");
		}
		wish = line_guest_for(line, name);
		free(wish->load);
		wish->load = xstrdup(equal + 1);
	}
	return 0;
}

static int read_request(struct line *line, const struct options *o, struct error *err)
{
	if (o->line && line_read(line, o->line, err) < 0)
		return -1;
	for (size_t i = 0; o->asks && o->asks[i]; i++)
		if (plan_ask(line, o->asks[i], err) < 0)
			return -1;
	return add_loads(line, o->loads, err);
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

static int write_views(const struct plan *plan, const char *output, const char *svg,
		       struct error *err)
{
	if (output && plan_write(plan, output, err) < 0)
		return -1;
	if (svg && plan_write_svg(plan, svg, err) < 0)
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

static int read_budget(const struct options *o, struct planning_options *ret, struct error *err)
{
	if (o->budget && parse_u64(o->budget, 1, UINT64_MAX - 1, &ret->budget, err) < 0)
		return error_wrap(err, "--budget");
	return 0;
}

static int say_no(const struct options *o, const struct plan *plan, enum plan_answer answer,
		  const struct report *why)
{
	if (o->json)
		print_result_json(plan, answer, why);
	else
		print_report(why);
	return COMMAND_FINDINGS;
}

static int make_plan(const struct options *o, const struct strv *guests, struct error *err)
{
	struct plan plan CLEANUP_PLAN = PLAN_INIT, previous CLEANUP_PLAN = PLAN_INIT;
	struct line line CLEANUP_LINE = LINE_INIT;
	struct report why CLEANUP_REPORT = REPORT_INIT;
	struct planning_options options = { .budget = PLANNER_BUDGET };
	enum plan_answer answer;

	if (read_budget(o, &options, err) < 0 ||
	    open_host(&plan, o->hosts[0], output_of(o), err) < 0 ||
	    open_guests(&plan, plan.dir, guests, err) < 0 || read_request(&line, o, err) < 0 ||
	    (o->previous && plan_open(&previous, o->previous, err) < 0))
		return -1;
	plan.previous = o->previous && !o->move ? &previous : NULL;
	if (plan_make(&plan, &line, &options, &why, &answer, err) < 0 ||
	    (o->lp && plan_write_lp(&plan, &line, o->lp, err) < 0))
		return -1;
	if (answer == ANSWER_INFEASIBLE || answer == ANSWER_UNKNOWN)
		return say_no(o, &plan, answer, &why);
	if (second_opinion(&plan, err) < 0 || write_views(&plan, o->output, o->svg, err) < 0)
		return -1;
	if (o->json)
		print_result_json(&plan, answer, &plan.findings);
	else
		print_views(&plan, o);
	return 0;
}

static void clear_fleet(struct fleet *f)
{
	for (size_t i = 0; i < f->n; i++)
		plan_clear(&f->plans[i]);
	free(f->plans);
	plan_clear(&f->all);
}

/* "hall3.plan.xml" and host edge7 make hall3-edge7.plan.xml. */
static char *name_for(const char *path, const char *host)
{
	const char *suffix = path_has_suffix(path, PLAN_SUFFIX) ? PLAN_SUFFIX :
			     path_has_suffix(path, ".svg") ? ".svg" : "";

	return xasprintf("%.*s-%s%s", (int)(strlen(path) - strlen(suffix)), path, host, suffix);
}

static int open_fleet(struct fleet *f, const struct options *o, const struct strv *guests,
		      struct error *err)
{
	for (; o->hosts[f->n];) {
		struct plan *plan = APPEND(f->plans, f->n);
		CLEANUP_FREE char *path = NULL, *stem = NULL;

		if (f->n > FLEET_HOSTS_MAX)
			return error_set(err, ERR_UNSUPPORTED, "there are more than %d hosts",
					 FLEET_HOSTS_MAX);
		if (open_host(plan, o->hosts[f->n - 1], output_of(o), err) < 0)
			return -1;
		path = name_for(output_of(o), plan->host.name);
		stem = path_stem(path, PLAN_SUFFIX);
		free(plan->name);
		plan->name = STEAL(stem);
		if (check_name(plan->name, err) < 0)
			return -1;
	}
	return open_guests(&f->all, f->plans[0].dir, guests, err);
}

static int show_host(const struct plan *plan, const struct options *o, struct error *err)
{
	CLEANUP_FREE char *output = o->output ? name_for(o->output, plan->host.name) : NULL;
	CLEANUP_FREE char *svg = o->svg ? name_for(o->svg, plan->host.name) : NULL;

	if (!o->json)
		printf("host %s\n", plan->host.name);
	if (plan->n_partitions == 0) {
		if (!o->json)
			print_report(&plan->findings);
		return 0;
	}
	if (second_opinion(plan, err) < 0 || write_views(plan, output, svg, err) < 0)
		return -1;
	if (!o->json)
		print_views(plan, o);
	return 0;
}

static void print_fleet_json(const struct fleet *f, enum plan_answer answer)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();

	for (size_t i = 0; i < f->n; i++)
		if (f->plans[i].n_partitions)
			json_object_array_add(list, plan_to_json(&f->plans[i]));
	json_object_object_add(o, "answer", json_object_new_string(plan_answer_name(answer)));
	json_object_object_add(o, "plans", list);
	print_json(o);
}

static int make_fleet(const struct options *o, const struct strv *guests, struct error *err)
{
	struct fleet f __attribute__((cleanup(clear_fleet))) = { .failover = !o->no_failover };
	struct line line CLEANUP_LINE = LINE_INIT;
	struct report why CLEANUP_REPORT = REPORT_INIT;
	struct planning_options options = { .budget = PLANNER_BUDGET };
	enum plan_answer answer;

	if (o->previous || o->lp)
		return error_set(err, ERR_USAGE, "plan: --previous and --lp are for one host");
	if (read_budget(o, &options, err) < 0 || open_fleet(&f, o, guests, err) < 0 ||
	    read_request(&line, o, err) < 0 || fleet_plan(&f, &line, &options, &why, &answer, err) < 0)
		return -1;
	if (answer == ANSWER_INFEASIBLE || answer == ANSWER_UNKNOWN)
		return say_no(o, &f.all, answer, &why);
	for (size_t i = 0; i < f.n; i++)
		if (show_host(&f.plans[i], o, err) < 0)
			return -1;
	if (o->json)
		print_fleet_json(&f, answer);
	return 0;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	struct options o __attribute__((cleanup(cleanup_options))) = { 0 };
	struct strv guests CLEANUP_STRV = STRV_INIT;
	const struct poptOption options[] = {
		{ "host", 0, POPT_ARG_ARGV, &o.hosts, 0,
		  "plan for the host of this profile; given again: for several", "FILE" },
		{ "request", 0, POPT_ARG_STRING, &o.line, 0, "what is asked for each guest",
		  "FILE" },
		{ "ask", 0, POPT_ARG_ARGV, &o.asks, 0,
		  "the same for one guest, as press4:class=rt,cores=1,serial.ttyS1=X5",
		  "GUEST:KEY=VALUE,..." },
		{ "load", 0, POPT_ARG_ARGV, &o.loads, 0,
		  "what the old PC really used: export of sysstat or Windows counters", "GUEST=FILE" },
		{ "output", 'o', POPT_ARG_STRING, &o.output, 0, "write the plan to FILE", "FILE" },
		{ "previous", 0, POPT_ARG_STRING, &o.previous, 0,
		  "plan again: guests of this plan stay where they are", "FILE" },
		{ "move", 0, POPT_ARG_NONE, &o.move, 0,
		  "with --previous: they may move all the same", NULL },
		{ "no-failover", 0, POPT_ARG_NONE, &o.no_failover, 0,
		  "several hosts: the loss of one need not be survived", NULL },
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
		{ "json", 0, POPT_ARG_NONE, &o.json, 0, "print JSON", NULL },
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 0, ARGS_ANY, argc, argv, &guests, err);

	if (rc <= 0)
		return rc;
	if (o.move && !o.previous) {
		error_set(err, ERR_USAGE, "plan: --move needs --previous");
		return error_hint(err, "without --previous every guest may go anywhere");
	}
	if (o.hosts && guests.n)
		return o.hosts[1] ? make_fleet(&o, &guests, err) : make_plan(&o, &guests, err);
	error_set(err, ERR_USAGE, "plan: a host and at least one guest are needed");
	return error_hint(err, "rehost plan --host HOST.xml NAME.guest -o NAME.plan.xml");
}

const struct command command_plan = {
	.name = "plan",
	.synopsis = "--host HOST.xml [--request LINE.xml] NAME.guest... -o NAME.plan.xml",
	.summary = "decide which guest gets which part of a host",
	.text = "Gives each guest processors, cache, memory and devices of a host. The answer is\n"
		"proven: no plan uses fewer cores, or it says how far it may be from that. If the\n"
		"guests do not fit, it says which rules or which guests are to blame, and exits with\n"
		"1. With several hosts, the loss of any one of them must be survived. A second,\n"
		"separate check runs on every plan; 'rehost validate' runs it on one edited by hand.\n"
		"    rehost plan --host edge7.xml press4.guest oven2.guest -o hall3.plan.xml",
	.run = run,
};
