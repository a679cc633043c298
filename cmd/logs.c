// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost logs: what happened to a guest. */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include "cmd/controllers.h"
#include "cmd/instances.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"

static int show(const char *path, struct error *err)
{
	CLEANUP_FCLOSE FILE *f = fopen(path, "re");
	char data[65536];
	size_t got;

	if (!f)
		return errno == ENOENT ? 0 : error_sys(err, errno, "open '%s'", path);
	while ((got = fread(data, 1, sizeof(data), f)) > 0)
		if (fwrite(data, 1, got, stdout) != got)
			return error_sys(err, errno, "write to standard output");
	return ferror(f) ? error_sys(err, errno, "read '%s'", path) : 0;
}

/* The one before comes first. */
static int show_both(const struct instance *inst, const char *name, struct error *err)
{
	CLEANUP_FREE char *path = path_join(inst->log_dir, name);
	CLEANUP_FREE char *before = xasprintf("%s.1", path);

	return show(before, err) < 0 ? -1 : show(path, err);
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *state = NULL;
	struct controller_options controller CLEANUP_CONTROLLER_OPTIONS = { .url = NULL };
	int serial = 0;
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;
	const struct poptOption options[] = {
		{ "serial", 0, POPT_ARG_NONE, &serial, 0,
		  "what it wrote to its serial port, in this and in its last life", NULL },
		CONTROLLER_OPTIONS(&controller),
		STATE_OPTION(&state),
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 0, 1, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if (controller_options_check(&controller, "logs", err) < 0)
		return -1;
	if (controller.url && (serial || state))
		return error_set(err, ERR_USAGE, "logs: --serial and --state are for guests of this host");
	if (controller.url)
		return controller_logs(&controller, args.n ? args.v[0] : NULL, err);
	if (args.n == 0) {
		error_set(err, ERR_USAGE, "logs: of which guest?");
		return error_hint(err, "see 'rehost logs --help'");
	}
	if (instance_open(&inst, state ? state : STATE_DEFAULT, args.v[0], err) < 0)
		return -1;
	return show_both(&inst, serial ? SERIAL_LOG : "events.log", err);
}

const struct command command_logs = {
	.name = "logs",
	.synopsis = "GUEST | --controller URL --device UUID [APP]",
	.summary = "show what happened to a guest: starts, stops, crashes",
	.text = "Times are in UTC. With --controller it is what an app of an EVE device writes to its console, or\n"
		"what the device itself logs.\n"
		"    rehost logs press4 | tail",
	.run = run,
};
