// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost start: start guests that are installed. */
#include "config.h"

#include <stdio.h>

#include "cmd/instances.h"
#include "lib/base/alloc.h"

static int start(const char *state, const char *name, const struct start_options *options,
		 struct error *err)
{
	struct guest_at_hand g CLEANUP_GUEST_AT_HAND = GUEST_AT_HAND_INIT;

	if (guest_take(&g, state, name, err) < 0)
		return -1;
	return instance_start(&g.inst, g.target, options, err);
}

/* Is it meant to run, and nobody sees to it? */
static bool is_missing(const char *state, const char *name)
{
	struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;

	return instance_open(&inst, state, name, NULL) == 0 && inst.wanted &&
	       !instance_is_locked(&inst, LOCK_WATCH);
}

/* One guest that fails must not keep the others down: the first error is told at the end. */
static int start_wanted(const char *state, const struct start_options *options, struct error *err)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	if (instance_list(state, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct error failure CLEANUP_ERROR = ERROR_INIT;

		if (!is_missing(state, names.v[i]) ||
		    start(state, names.v[i], options, &failure) == 0)
			continue;
		if (failure.code == ERR_INTERRUPTED || !error_is_set(err))
			error_move(err, &failure);
		if (err->code == ERR_INTERRUPTED)
			break;
	}
	return error_is_set(err) ? -1 : 0;
}

static int start_named(const char *state, const struct strv *names,
		       const struct start_options *options, struct error *err)
{
	for (size_t i = 0; i < names->n; i++)
		if (start(state, names->v[i], options, err) < 0)
			return -1;
	return 0;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *state = NULL, *timeout = NULL;
	int wanted = 0, wait = 0;
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct start_options start_options = { 0 };
	const struct poptOption options[] = {
		{ "wanted", 0, POPT_ARG_NONE, &wanted, 0,
		  "all guests that are meant to run and do not", NULL },
		WAIT_OPTION(&wait),
		TIMEOUT_OPTION(&timeout),
		STATE_OPTION(&state),
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 0, ARGS_ANY, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if ((args.n > 0) == (wanted != 0)) {
		error_set(err, ERR_USAGE, "start: name guests, or give --wanted");
		return error_hint(err, "see 'rehost start --help'");
	}
	start_options.wait = wait != 0;
	if (seconds_from_option("--timeout", timeout, 1, &start_options.timeout, err) < 0)
		return -1;
	if (wanted)
		return start_wanted(state ? state : STATE_DEFAULT, &start_options, err);
	return start_named(state, &args, &start_options, err);
}

const struct command command_start = {
	.name = "start",
	.synopsis = "GUEST... | --wanted",
	.summary = "start guests that are installed",
	.text = "With --wanted it restores what was running before a power cut; the service manager calls\n"
		"it at boot.\n"
		"    rehost start press4 --wait",
	.run = run,
};
