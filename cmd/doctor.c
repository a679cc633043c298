// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost doctor: what this host can do, and the remedy for what is missing. */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>

#include "cmd/command.h"
#include "lib/accel.h"
#include "lib/hostcheck.h"

/* A note is good news here: print it so. */
static void print_check(const struct report *r)
{
	static const char *const words[] = { "ok", "limited", "missing" };

	for (size_t i = 0; i < r->n_findings; i++) {
		const struct finding *f = &r->findings[i];

		printf("%-8s %-20s  %s\n", words[f->severity], f->subject, f->text);
		if (f->remedy)
			printf("%-8s %-20s  -> %s\n", "", "", f->remedy);
	}
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct strv args CLEANUP_STRV = STRV_INIT;
	int json = 0, again = 0;
	const struct poptOption options[] = {
		{ "again", 0, POPT_ARG_NONE, &again, 0,
		  "probe the accelerator again instead of using what was found since the last boot",
		  NULL },
		{ "json", 0, POPT_ARG_NONE, &json, 0, "print JSON", NULL },
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 0, 0, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if (again)
		accel_forget();
	if (host_check(&report, err) < 0)
		return -1;
	if (json)
		print_json(report_to_json(&report));
	else
		print_check(&report);
	return report_count(&report, FINDING_ERROR) ? COMMAND_FINDINGS : 0;
}

const struct command command_doctor = {
	.name = "doctor",
	.synopsis = "[--json]",
	.summary = "say what this host can do, and what is missing",
	.text = "Looks at the accelerators of QEMU, its devices and firmware, the appliance of\n"
		"libguestfs and the programs that the other commands start. Each thing that is\n"
		"missing comes with its remedy. Exit status 1 if a command could not work here.\n"
		"    rehost doctor",
	.run = run,
};
