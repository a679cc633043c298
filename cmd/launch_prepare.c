// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost launch --prepare, --unprepare: the host for the guests of a plan. */
#include "config.h"

#include <stdio.h>

#include "cmd/command.h"
#include "cmd/launch_prepare.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/bundle.h"
#include "lib/preparation.h"

int launch_prepare(const char *state, const char *folder, const char *root, bool apply,
		   struct error *err)
{
	CLEANUP_FREE char *path = path_join(folder, BUNDLE_PLAN), *text = NULL;
	struct plan plan CLEANUP_PLAN = PLAN_INIT;
	struct preparation prep CLEANUP_PREPARATION = PREPARATION_INIT;
	struct report report CLEANUP_REPORT = REPORT_INIT;

	if (plan_open(&plan, path, err) < 0 || preparation_make(&prep, &plan, root, err) < 0)
		return -1;
	text = preparation_text(&prep);
	printf("%s", text);
	if (!prep.n_steps)
		puts("# this host needs no preparation for the plan");
	print_report(&prep.findings);
	fflush(stdout);
	if (!apply || !prep.n_steps)
		return 0;
	if (preparation_apply(&prep, state, &report, err) < 0)
		return -1;
	print_report(&report);
	puts("the host is prepared");
	return 0;
}

int launch_unprepare(const char *state, const char *root, struct error *err)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;

	if (preparation_undo(state, root, &report, err) < 0)
		return -1;
	print_report(&report);
	puts("the host is as it was before");
	return 0;
}
