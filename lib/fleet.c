// SPDX-License-Identifier: GPL-2.0-or-later
/* Several hosts: the search for who runs where, and what happens when one is lost. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"
#include "lib/fleet.h"
#include "lib/plan_verify.h"

enum { TRIALS_MAX = 20000, TRIAL_BUDGET = 20000 };

struct spread {
	struct fleet *f;
	const struct line *line;
	size_t *order;		/* guests, the hardest to place first */
	size_t *host;		/* of each guest                      */
	bool *movable;
	size_t trials;
	bool placed;		/* at least once, without N-1         */
	char *lost;		/* why N-1 failed last                */
};

/* The wishes of the guests of one host; others would be called unknown. Dependences stay inside. */
static void line_of(const struct line *line, const struct plan *plan, struct line *ret,
		    struct report *findings)
{
	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct line_guest *wish = line_find(line, plan->partitions[i].name);
		struct line_guest *mine;

		if (!wish)
			continue;
		mine = APPEND(ret->guests, ret->n_guests);
		*mine = *wish;
		mine->depends = NULL;
		mine->n_depends = 0;
		for (size_t k = 0; k < wish->n_depends; k++) {
			bool here = false;

			for (size_t j = 0; j < plan->n_partitions; j++)
				here |= strcmp(plan->partitions[j].name, wish->depends[k].on) == 0;
			if (here)
				*APPEND(mine->depends, mine->n_depends) = wish->depends[k];
			else
				report_add(findings, FINDING_WARNING, wish->name, "it depends on '%s', "
					   "which runs on another host: start that host first",
					   wish->depends[k].on);
		}
	}
}

static void free_line(struct line *line)
{
	for (size_t i = 0; i < line->n_guests; i++)
		free(line->guests[i].depends);
	free(line->guests);
}

/* What plan_make() filled in; guest, path and name belong to the fleet. */
static void forget(struct plan *t)
{
	for (size_t i = 0; i < t->n_partitions; i++) {
		struct partition *p = &t->partitions[i];

		free(p->cpus);
		for (size_t k = 0; k < p->n_devices; k++) {
			free(p->devices[k].role);
			free(p->devices[k].kind);
			free(p->devices[k].host);
			free(p->devices[k].label);
		}
		for (size_t k = 0; k < p->n_depends; k++)
			free(p->depends[k].on);
		free(p->devices);
		free(p->depends);
	}
	free(t->partitions);
	free(t->answer);
	report_clear(&t->findings);
}

/* Do these guests fit on that host, in a plan that passes its verification? */
static int fits(struct spread *s, size_t host, const bool *guests, bool *ret, struct error *err)
{
	struct plan t = PLAN_INIT;
	struct line line = LINE_INIT;
	struct report why CLEANUP_REPORT = REPORT_INIT, judged CLEANUP_REPORT = REPORT_INIT;
	struct planning_options options = { .budget = TRIAL_BUDGET, .no_reasons = true };
	enum plan_answer answer = ANSWER_UNKNOWN;
	int rc;

	s->trials++;
	t.host = s->f->plans[host].host;
	for (size_t i = 0; i < s->f->all.n_partitions; i++) {
		const struct partition *p = &s->f->all.partitions[i];

		if (guests[i])
			*APPEND(t.partitions, t.n_partitions) = (struct partition){
				.name = p->name, .guest_path = p->guest_path, .guest = p->guest };
	}
	line_of(s->line, &t, &line, NULL);
	rc = plan_make(&t, &line, &options, &why, &answer, err);
	*ret = rc == 0 && (answer == ANSWER_OPTIMAL || answer == ANSWER_FEASIBLE);
	if (*ret) {
		plan_verify(&t, &judged);
		*ret = judged.n_findings == 0;
	}
	forget(&t);
	free_line(&line);
	return rc;
}

static void guests_of(const struct spread *s, size_t host, size_t n, bool *ret)
{
	memset(ret, 0, s->f->all.n_partitions * sizeof(*ret));
	for (size_t i = 0; i < n; i++)
		ret[s->order[i]] = s->host[s->order[i]] == host;
}

/* Finds other hosts for the @n guests in @homeless; @at holds who is where meanwhile. */
static int resettle(struct spread *s, const size_t *homeless, size_t n, size_t lost, size_t *at,
		    bool *ret, struct error *err)
{
	CLEANUP_FREE bool *guests = xcalloc(s->f->all.n_partitions + 1, sizeof(*guests));

	*ret = n == 0;
	for (size_t h = 0; h < s->f->n && !*ret && s->trials < TRIALS_MAX; h++) {
		bool ok = false;

		if (h == lost)
			continue;
		for (size_t i = 0; i < s->f->all.n_partitions; i++)
			guests[i] = at[i] == h;
		guests[*homeless] = true;
		if (fits(s, h, guests, &ok, err) < 0)
			return -1;
		if (!ok)
			continue;
		at[*homeless] = h;
		if (resettle(s, homeless + 1, n - 1, lost, at, ret, err) < 0)
			return -1;
		if (!*ret)
			at[*homeless] = lost;
	}
	return 0;
}

static const char *host_name(const struct spread *s, size_t host)
{
	return s->f->plans[host].host.name;
}

static const char *guest_name(const struct spread *s, size_t guest)
{
	return s->f->all.partitions[guest].name;
}

/* After the loss of @lost: the movable guests elsewhere, the others down. */
static int survive(struct spread *s, size_t lost, struct report *findings, bool *ret,
		   struct error *err)
{
	size_t n = s->f->all.n_partitions, n_homeless = 0;
	CLEANUP_FREE size_t *homeless = xcalloc(n + 1, sizeof(*homeless));
	CLEANUP_FREE size_t *at = xcalloc(n + 1, sizeof(*at));
	struct strv names CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t g = s->order[i];

		at[g] = s->host[g];
		if (s->host[g] == lost && s->movable[g])
			homeless[n_homeless++] = g;
	}
	if (resettle(s, homeless, n_homeless, lost, at, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (s->host[i] != lost)
			continue;
		if (!*ret && s->movable[i])
			strv_addf(&names, "'%s'", guest_name(s, i));
		else if (*ret && s->movable[i])
			strv_addf(&names, "%s to %s", guest_name(s, i), host_name(s, at[i]));
		else if (*ret)
			strv_addf(&names, "%s stands still", guest_name(s, i));
	}
	list = strv_join(&names, ", ");
	if (*ret) {
		report_add(findings, FINDING_NOTE, host_name(s, lost), "if this host is lost: %s",
			   *list ? list : "nothing runs on it");
		return 0;
	}
	free(s->lost);
	s->lost = xasprintf("if host '%s' is lost, its guests %s do not all fit on the others",
			    host_name(s, lost), list);
	return 0;
}

static int survives_all(struct spread *s, bool *ret, struct error *err)
{
	*ret = true;
	for (size_t lost = 0; s->f->failover && lost < s->f->n && *ret; lost++)
		if (survive(s, lost, NULL, ret, err) < 0)
			return -1;
	return 0;
}

static bool may_run_on(const struct spread *s, size_t guest, size_t host)
{
	const struct line_guest *wish = line_find(s->line, guest_name(s, guest));

	return !wish || !wish->host || strcmp(wish->host, host_name(s, host)) == 0;
}

/* Guest number @i of the order and those after it. */
static int settle(struct spread *s, size_t i, bool *ret, struct error *err)
{
	CLEANUP_FREE bool *guests = xcalloc(s->f->all.n_partitions + 1, sizeof(*guests));
	size_t g;

	if (i == s->f->all.n_partitions) {
		s->placed = true;
		return survives_all(s, ret, err);
	}
	g = s->order[i];
	for (size_t h = 0; h < s->f->n && !*ret && s->trials < TRIALS_MAX; h++) {
		bool ok = false;

		if (!may_run_on(s, g, h))
			continue;
		guests_of(s, h, i, guests);
		guests[g] = true;
		if (fits(s, h, guests, &ok, err) < 0)
			return -1;
		if (!ok)
			continue;
		s->host[g] = h;
		if (settle(s, i + 1, ret, err) < 0)
			return -1;
	}
	return 0;
}

/* The hardest first: who may go to one host only, then by memory. */
static void set_order(struct spread *s)
{
	for (size_t i = 0; i < s->f->all.n_partitions; i++) {
		const struct partition *p = &s->f->all.partitions[i];
		const struct line_guest *wish = line_find(s->line, p->name);
		size_t k = i;

		for (; k > 0; k--) {
			const struct partition *q = &s->f->all.partitions[s->order[k - 1]];
			const struct line_guest *other = line_find(s->line, q->name);
			bool bound = wish && wish->host, other_bound = other && other->host;

			if (bound != other_bound ? !bound : q->guest.memory >= p->guest.memory)
				break;
			s->order[k] = s->order[k - 1];
		}
		s->order[k] = i;
	}
}

/* Could it run on a second host at all, if that were empty? */
static int set_movable(struct spread *s, struct error *err)
{
	size_t n = s->f->all.n_partitions;

	for (size_t g = 0; g < n; g++) {
		const struct line_guest *wish = line_find(s->line, guest_name(s, g));
		CLEANUP_FREE bool *alone = xcalloc(n + 1, sizeof(*alone));
		size_t hosts = 0;

		alone[g] = true;
		for (size_t h = 0; h < s->f->n; h++) {
			bool ok = false;

			if (fits(s, h, alone, &ok, err) < 0)
				return -1;
			hosts += ok;
		}
		s->movable[g] = hosts > 1 && !(wish && wish->movable == TRI_NO);
	}
	return 0;
}

static int check_hosts(const struct fleet *f, const struct line *line, struct error *err)
{
	for (size_t i = 0; i < f->n; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(f->plans[i].host.name, f->plans[k].host.name) == 0) {
				error_set(err, ERR_FORMAT, "two hosts are called '%s'",
					  f->plans[i].host.name);
				return error_hint(err, "give one another name= in its profile");
			}
	for (size_t i = 0; line && i < line->n_guests; i++) {
		bool found = !line->guests[i].host;

		for (size_t k = 0; k < f->n; k++)
			found |= line->guests[i].host &&
				 strcmp(f->plans[k].host.name, line->guests[i].host) == 0;
		if (!found)
			return error_set(err, ERR_FORMAT, "the request wants guest '%s' on host '%s', which "
					 "is none of the hosts", line->guests[i].name,
					 line->guests[i].host);
	}
	return 0;
}

/* Circles and unknown names show only where all guests stand together. */
static int check_together(struct spread *s, struct error *err)
{
	struct plan t = PLAN_INIT;
	int rc;

	t.host = s->f->plans[0].host;
	for (size_t i = 0; i < s->f->all.n_partitions; i++) {
		const struct partition *p = &s->f->all.partitions[i];

		*APPEND(t.partitions, t.n_partitions) = (struct partition){
			.name = p->name, .guest_path = p->guest_path, .guest = p->guest };
	}
	rc = plan_check_wishes(&t, s->line, err);
	if (rc == 0)
		rc = plan_defaults(&t, s->line, err);
	if (rc == 0)
		rc = plan_start_order(&t, err);
	forget(&t);
	return rc;
}

/* The real plans: each host's guests move into its plan, which is made with the whole budget. */
static int keep(struct spread *s, const struct planning_options *options, struct report *why,
		enum plan_answer *ret, struct error *err)
{
	struct fleet *f = s->f;

	for (size_t i = 0; i < f->all.n_partitions; i++) {
		struct plan *plan = &f->plans[s->host[i]];

		*APPEND(plan->partitions, plan->n_partitions) = f->all.partitions[i];
	}
	free(f->all.partitions);
	f->all.partitions = NULL;
	f->all.n_partitions = 0;
	for (size_t h = 0; h < f->n; h++) {
		struct line line = LINE_INIT;
		enum plan_answer answer = ANSWER_UNKNOWN;
		int rc;

		if (f->plans[h].n_partitions == 0)
			continue;
		line_of(s->line, &f->plans[h], &line, &f->plans[h].findings);
		rc = plan_make(&f->plans[h], &line, options, why, &answer, err);
		free_line(&line);
		if (rc < 0)
			return -1;
		if (answer == ANSWER_INFEASIBLE || answer == ANSWER_UNKNOWN)
			*ret = answer;
	}
	return 0;
}

static void explain(const struct spread *s, struct report *why)
{
	if (s->placed && s->lost) {
		report_remedy(report_add(why, FINDING_ERROR, NULL, "the guests fit, but not after the loss of a "
					 "host: %s", s->lost),
			      "add a host, say movable=\"no\" for guests that may stand still meanwhile, or "
			      "give --no-failover");
		return;
	}
	report_add(why, FINDING_ERROR, NULL, "no way was found to spread %zu guests over %zu hosts%s",
		   s->f->all.n_partitions, s->f->n,
		   s->trials >= TRIALS_MAX ? " within the trials that are allowed" : "");
}

int fleet_plan(struct fleet *f, const struct line *line, const struct planning_options *options,
	       struct report *why, enum plan_answer *ret, struct error *err)
{
	size_t n = f->all.n_partitions;
	CLEANUP_FREE size_t *order = xcalloc(n + 1, sizeof(*order));
	CLEANUP_FREE size_t *host = xcalloc(n + 1, sizeof(*host));
	CLEANUP_FREE bool *movable = xcalloc(n + 1, sizeof(*movable));
	struct spread s = { .f = f, .line = line, .order = order, .host = host, .movable = movable };
	bool found = false;
	int rc = -1;

	if (check_hosts(f, line, err) == 0 && check_together(&s, err) == 0 &&
	    (set_order(&s), set_movable(&s, err)) == 0)
		rc = settle(&s, 0, &found, err);
	*ret = found ? ANSWER_FEASIBLE : s.trials >= TRIALS_MAX ? ANSWER_UNKNOWN : ANSWER_INFEASIBLE;
	for (size_t lost = 0; rc == 0 && found && f->failover && lost < f->n; lost++) {
		bool ok = false;

		rc = survive(&s, lost, &f->plans[lost].findings, &ok, err);
	}
	if (rc == 0 && !found)
		explain(&s, why);
	else if (rc == 0)
		rc = keep(&s, options, why, ret, err);
	free(s.lost);
	return rc;
}
