// SPDX-License-Identifier: GPL-2.0-or-later
/* Judges plans and profiles, also those that were edited by hand. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/command.h"
#include "cmd/document_check.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/machine_check.h"
#include "lib/plan_verify.h"

bool document_is_one(const char *path)
{
	CLEANUP_FREE char *name = path_basename(path);
	struct stat st;

	return path_has_suffix(name, ".xml") && strcmp(name, GUEST_FILE) != 0 &&
	       !(stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

static int judge_plan(const char *path, struct report *report, struct error *err)
{
	struct plan plan CLEANUP_PLAN = PLAN_INIT;

	if (plan_open(&plan, path, err) < 0)
		return -1;
	machine_check(&plan.host, report);
	plan_verify(&plan, report);
	return 0;
}

static int judge_profile(const char *path, struct report *report, struct error *err)
{
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;

	if (machine_read(&m, path, err) < 0)
		return -1;
	machine_check(&m, report);
	if (!report_count(report, FINDING_ERROR))
		machine_check_planning(&m, report);
	return 0;
}

int document_check(const char *path, bool json, struct error *err)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;
	bool plan = path_has_suffix(path, PLAN_SUFFIX);

	if ((plan ? judge_plan : judge_profile)(path, &report, err) < 0)
		return -1;
	if (json)
		print_json(report_to_json(&report));
	else
		print_report(&report);
	if (report_count(&report, FINDING_ERROR))
		return COMMAND_FINDINGS;
	if (!json)
		printf(plan ? "%s keeps all rules\n" : "%s does not contradict itself\n", path);
	return 0;
}
