// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost restart: stop a guest and start it again. */
#include "config.h"

#include "cmd/instances.h"
#include "lib/base/alloc.h"

static int restart(const char *state, const char *name, const struct stop_options *stop_options,
		   const struct start_options *start_options, struct error *err)
{
	struct guest_at_hand g CLEANUP_GUEST_AT_HAND = GUEST_AT_HAND_INIT;

	if (guest_take(&g, state, name, err) < 0 ||
	    instance_stop(&g.inst, g.target, stop_options, true, err) < 0)
		return -1;
	return instance_start(&g.inst, g.target, start_options, err);
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *state = NULL, *grace = NULL, *timeout = NULL;
	int now = 0, wait = 0;
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct start_options start_options = { 0 };
	const struct poptOption options[] = {
		GRACE_OPTION(&grace),
		NOW_OPTION(&now),
		WAIT_OPTION(&wait),
		TIMEOUT_OPTION(&timeout),
		STATE_OPTION(&state),
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 1, 1, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	start_options.wait = wait != 0;
	if (seconds_from_option("--timeout", timeout, 1, &start_options.timeout, err) < 0)
		return -1;
	return restart(state, args.v[0], &(struct stop_options){ grace, now != 0 }, &start_options,
		       err);
}

const struct command command_restart = {
	.name = "restart",
	.synopsis = "GUEST",
	.summary = "stop a guest and start it again",
	.text = "A new machine is started, so that what was changed around it is in force.\n"
		"    rehost restart press4 --wait",
	.run = run,
};
