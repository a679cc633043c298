// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost stop: the power button, a deadline, then off. */
#include "config.h"

#include <stdio.h>

#include "cmd/instances.h"
#include "lib/base/alloc.h"
#include "lib/base/size.h"

enum { GRACE_SECONDS = 90 };

static int stop(const char *state, const char *name, unsigned int grace, struct error *err)
{
	static const char *const ways[] = {
		[STOP_WAS_OFF] = "was not running",
		[STOP_GENTLE] = "followed the power button",
		[STOP_HARD] = "was switched off",
	};
	struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;
	const struct target *target;
	enum stop_way way = STOP_WAS_OFF;
	CLEANUP_CLOSE int lock = -1;

	if (instance_open_with_target(&inst, &target, state, name, err) < 0)
		return -1;
	lock = instance_lock(&inst, LOCK_CHANGE, err);
	if (lock < 0)
		return -1;
	/* before the machine ends: whoever watches it must not start it again */
	inst.wanted = false;
	if (instance_save(&inst, err) < 0 || target->stop(&inst, grace, &way, err) < 0)
		return -1;
	instance_log(&inst, "stop: %s", ways[way]);
	printf("%s %s\n", name, ways[way]);
	return 0;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *state = NULL, *grace = NULL;
	uint64_t seconds = GRACE_SECONDS;
	int now = 0;
	struct strv args CLEANUP_STRV = STRV_INIT;
	const struct poptOption options[] = {
		{ "grace", 0, POPT_ARG_STRING, &grace, 0,
		  "seconds to follow the power button (90)", "S" },
		{ "now", 0, POPT_ARG_NONE, &now, 0, "switch it off at once", NULL },
		STATE_OPTION(&state),
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 1, 1, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if (grace && parse_u64(grace, 0, 86400, &seconds, err) < 0)
		return error_wrap(err, "--grace");
	return stop(state, args.v[0], now ? 0 : (unsigned int)seconds, err);
}

const struct command command_stop = {
	.name = "stop",
	.synopsis = "GUEST",
	.summary = "stop a guest: the power button, a deadline, then off",
	.text = "Says which of them it took. The guest is not started again by itself.\n"
		"    rehost stop press4 --grace 120",
	.run = run,
};
