// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost launch --prepare, --unprepare: the host for the guests of a plan. */
#include "config.h"

#include <stdio.h>

#include "cmd/command.h"
#include "cmd/launch_prepare.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/bundle.h"
#include "lib/install.h"
#include "lib/preparation.h"

static int work_out(const char *state, const struct prepared *from, const char *root,
		    struct preparation *ret, struct error *err)
{
	CLEANUP_FREE char *path = xasprintf("%s/bundles/%s/" BUNDLE_PLAN, state, from->bundle);
	struct plan plan CLEANUP_PLAN = PLAN_INIT;
	const struct target *target = target_find(from->target, err);

	if (!target || plan_open(&plan, path, err) < 0)
		return -1;
	return preparation_make(ret, &plan, target->prepares, root, err);
}

static int apply(const struct preparation *prep, const char *state, const struct prepared *from,
		 struct error *err)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;
	int rc = preparation_apply(prep, state, from, &report, err);

	print_report(&report);
	if (rc == 0)
		puts("the host is prepared");
	fflush(stdout);
	return rc;
}

int launch_prepare(const char *state, const char *folder, const struct target *target,
		   const char *root, bool really, struct error *err)
{
	struct prepared from CLEANUP_PREPARED = { xstrdup(folder), xstrdup(target->name), false };
	struct preparation prep CLEANUP_PREPARATION = PREPARATION_INIT;
	CLEANUP_FREE char *text = NULL;

	if (work_out(state, &from, root, &prep, err) < 0)
		return -1;
	text = preparation_text(&prep);
	printf("%s", text);
	if (!prep.n_steps)
		puts("# this host needs no preparation for the plan");
	print_report(&prep.findings);
	fflush(stdout);
	return really && prep.n_steps ? apply(&prep, state, &from, err) : 0;
}

int launch_prepare_again(const char *state, const char *root, struct error *err)
{
	struct prepared from CLEANUP_PREPARED = PREPARED_INIT;
	struct preparation prep CLEANUP_PREPARATION = PREPARATION_INIT;
	int there = preparation_look(state, &from, err);

	if (there <= 0 || !from.outstanding)
		return there;
	if (!from.bundle || !from.target) {
		error_set(err, ERR_NOT_FOUND, "it is not written down what this host was prepared for");
		return error_hint(err, "'rehost launch --prepare NAME.rehost' prepares it anew");
	}
	if (work_out(state, &from, root, &prep, err) < 0 || apply(&prep, state, &from, err) < 0)
		return error_wrap(err, "prepare the host again");
	return 1;
}

int launch_prepare_alone(const char *state, const char *root, struct error *err)
{
	int there = launch_prepare_again(state, root, err);

	if (there)
		return MIN(there, 0);
	error_set(err, ERR_NOT_FOUND, "this host was never prepared");
	return error_hint(err, "'rehost launch --prepare NAME.rehost' prepares it for a plan");
}

int launch_unprepare(const char *state, const char *root, struct error *err)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct prepared from CLEANUP_PREPARED = PREPARED_INIT;
	int rc = preparation_look(state, &from, err);

	if (rc < 0)
		return -1;
	rc = preparation_undo(state, root, &report, err);
	print_report(&report);
	if (rc < 0)
		return -1;
	puts("the host is as it was before");
	return from.bundle ? install_drop_bundle(state, from.bundle, err) : 0;
}
