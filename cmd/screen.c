// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost screen: a picture of a guest's screen. */
#include "config.h"

#include <stdio.h>

#include "cmd/instances.h"
#include "lib/base/alloc.h"

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *state = NULL;
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;
	const struct target *target;
	const struct poptOption options[] = { STATE_OPTION(&state), POPT_TABLEEND };
	int rc = command_parse(cmd, options, 2, 2, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if (instance_open_with_target(&inst, &target, state, args.v[0], err) < 0)
		return -1;
	if (!target->screen)
		return error_set(err, ERR_UNSUPPORTED, "target '%s' shows no screen", target->name);
	return target->screen(&inst, args.v[1], err);
}

const struct command command_screen = {
	.name = "screen",
	.synopsis = "GUEST FILE.png",
	.summary = "take a picture of a guest's screen",
	.text = "Writes a new file in the format PNG.\n"
		"    rehost screen press4 press4.png",
	.run = run,
};
