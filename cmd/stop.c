// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost stop: the power button, a deadline, then off. */
#include "config.h"

#include "cmd/instances.h"
#include "lib/base/alloc.h"

static int stop(const char *state, const char *name, const struct stop_options *options,
		struct error *err)
{
	struct guest_at_hand g CLEANUP_GUEST_AT_HAND = GUEST_AT_HAND_INIT;

	if (guest_take(&g, state, name, err) < 0)
		return -1;
	return instance_stop(&g.inst, g.target, options, false, err);
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *state = NULL, *grace = NULL;
	int now = 0;
	struct strv args CLEANUP_STRV = STRV_INIT;
	const struct poptOption options[] = {
		GRACE_OPTION(&grace),
		NOW_OPTION(&now),
		STATE_OPTION(&state),
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 1, 1, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	return stop(state, args.v[0], &(struct stop_options){ grace, now != 0 }, err);
}

const struct command command_stop = {
	.name = "stop",
	.synopsis = "GUEST",
	.summary = "stop a guest: the power button, a deadline, then off",
	.text = "Says which of them it took. The guest is not started again by itself.\n"
		"    rehost stop press4 --grace 120",
	.run = run,
};
