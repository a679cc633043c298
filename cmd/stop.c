// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost stop: the power button, a deadline, then off. */
#include "config.h"

#include "cmd/controllers.h"
#include "cmd/instances.h"
#include "lib/base/alloc.h"
#include "lib/instance_plan.h"

struct request {
	const char *state;
	bool wanted;			/* they are meant to run again */
	struct stop_options how;
};

static int stop_one(const struct request *r, const char *name, struct error *err)
{
	struct guest_at_hand g CLEANUP_GUEST_AT_HAND = GUEST_AT_HAND_INIT;

	if (guest_take(&g, r->state, name, err) < 0)
		return -1;
	return instance_stop(&g.inst, g.target, &r->how, r->wanted && g.inst.wanted, err);
}

/* One that fails does not keep the others up: the first error is told at the end. */
static bool must_end(struct error *failure, struct error *err)
{
	if (failure->code == ERR_INTERRUPTED)
		error_clear(err);
	if (!error_is_set(err))
		error_move(err, failure);
	return err->code == ERR_INTERRUPTED;
}

/* One whose plan cannot be read is stopped all the same. */
static int add_place(const struct request *r, const char *name, struct start_places *ret,
		     struct error *err)
{
	struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;

	if (instance_open(&inst, r->state, name, err) < 0)
		return -1;
	return instance_place(&inst, APPEND(ret->v, ret->n), err);
}

/* Whoever started last stops first. */
static int stop_all(const struct request *r, struct error *err)
{
	struct start_places places CLEANUP_START_PLACES = START_PLACES_INIT;
	struct strv names CLEANUP_STRV = STRV_INIT;

	if (instance_list(r->state, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct error damaged CLEANUP_ERROR = ERROR_INIT;

		if (add_place(r, names.v[i], &places, &damaged) < 0 && must_end(&damaged, err))
			return -1;
	}
	start_places_sort(&places);
	for (size_t i = places.n; i > 0; i--) {
		struct error failure CLEANUP_ERROR = ERROR_INIT;

		if (stop_one(r, places.v[i - 1].name, &failure) < 0 && must_end(&failure, err))
			break;
	}
	return error_is_set(err) ? -1 : 0;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *state = NULL, *grace = NULL;
	int now = 0, all = 0, for_now = 0;
	struct controller_options controller CLEANUP_CONTROLLER_OPTIONS = { .url = NULL };
	struct strv args CLEANUP_STRV = STRV_INIT;
	const struct poptOption options[] = {
		{ "all", 0, POPT_ARG_NONE, &all, 0, "all guests, the last one to start first", NULL },
		{ "for-now", 0, POPT_ARG_NONE, &for_now, 0,
		  "'rehost start --wanted' starts it again: the host goes down", NULL },
		GRACE_OPTION(&grace),
		NOW_OPTION(&now),
		CONTROLLER_OPTIONS(&controller),
		STATE_OPTION(&state),
		POPT_TABLEEND
	};
	struct request r;
	int rc = command_parse(cmd, options, 0, ARGS_ANY, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if ((args.n > 0) == (all != 0)) {
		error_set(err, ERR_USAGE, "stop: name guests, or give --all");
		return error_hint(err, "see 'rehost stop --help'");
	}
	if (controller_options_check(&controller, "stop", err) < 0)
		return -1;
	if (controller.url && (all || for_now || grace || now))
		return error_set(err, ERR_USAGE, "stop: with --controller name the apps, EVE decides how");
	if (controller.url)
		return controller_stop(&controller, &args, err);
	r = (struct request){ state ? state : STATE_DEFAULT, for_now != 0, { grace, now != 0 } };
	if (all)
		return stop_all(&r, err);
	for (size_t i = 0; i < args.n; i++)
		if (stop_one(&r, args.v[i], err) < 0)
			return -1;
	return 0;
}

const struct command command_stop = {
	.name = "stop",
	.synopsis = "GUEST... | --all",
	.summary = "stop guests: the power button, a deadline, then off",
	.text = "Says which of them it took. The guest is not started again by itself.\n"
		"    rehost stop press4 --grace 120",
	.run = run,
};
