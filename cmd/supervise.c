// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost supervise: keep one installed guest running, in the foreground. */
#include "config.h"

#include "cmd/instances.h"
#include "lib/base/alloc.h"
#include "lib/supervisor.h"

static int supervise(const char *state, const char *name, struct error *err)
{
	struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;

	if (instance_open(&inst, state ? state : STATE_DEFAULT, name, err) < 0)
		return -1;
	if (supervisor_run(&inst, err) == 0)
		return 0;
	supervisor_ended(&inst, err);
	return -1;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *state = NULL;
	struct strv args CLEANUP_STRV = STRV_INIT;
	const struct poptOption options[] = { STATE_OPTION(&state), POPT_TABLEEND };
	int rc = command_parse(cmd, options, 1, 1, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	return supervise(state, args.v[0], err);
}

const struct command command_supervise = {
	.name = "supervise",
	.synopsis = "GUEST",
	.summary = "keep an installed guest running, in the foreground",
	.text = "This is what 'rehost launch' and the service manager start; you seldom need it yourself.\n"
		"    rehost supervise press4",
	.run = run,
};
