// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost start: start guests that are installed. */
#include "config.h"

#include <stdio.h>

#include "cmd/instances.h"
#include "cmd/launch_prepare.h"
#include "lib/base/alloc.h"
#include "lib/instance_plan.h"

struct request {
	const char *state;
	bool wanted;			/* those that are missing, not those that are named */
	struct start_options start;
};

/* Is it meant to run, and nobody sees to it? One that cannot be asked is, so that the reason is told. */
static bool is_missing(const struct instance *inst)
{
	if (!inst->wanted)
		return false;
	return instance_is_locked(inst, LOCK_MACHINE) ? !instance_is_locked(inst, LOCK_WATCH)
						      : instance_runs(inst, NULL) <= 0;
}

/* One that it depends on must run, and live: libvirt may have started it a moment ago. */
static int check_neighbour(const struct request *r, const char *guest, const char *name, struct error *err)
{
	struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;
	struct error absent CLEANUP_ERROR = ERROR_INIT;
	const struct target *target = NULL;
	int runs = instance_open_with_target(&inst, &target, r->state, name, &absent) < 0
			   ? 0 : instance_runs(&inst, err);

	if (runs < 0)
		return -1;
	if (runs)
		return instance_await_neighbour(&inst, target, err) < 0
			       ? error_wrap(err, "guest '%s' needs '%s'", guest, name) : 0;
	error_set(err, ERR_BUSY, "guest '%s' needs '%s', which does not run", guest, name);
	return error_hint(err, "'rehost start %s %s' starts both in their order", name, guest);
}

static int check_neighbours(const struct request *r, const struct start_place *place, struct error *err)
{
	for (size_t i = 0; i < place->depends.n; i++)
		if (check_neighbour(r, place->name, place->depends.v[i], err) < 0)
			return -1;
	return 0;
}

static int start_one(const struct request *r, const struct start_places *places, size_t i,
		     struct error *err)
{
	struct guest_at_hand g CLEANUP_GUEST_AT_HAND = GUEST_AT_HAND_INIT;
	struct start_options options = r->start;

	options.wait |= start_places_needed(places, i);
	if (check_neighbours(r, &places->v[i], err) < 0 || guest_take(&g, r->state, places->v[i].name, err) < 0)
		return -1;
	return instance_start(&g.inst, g.target, &options, err);
}

/* One guest that fails must not keep the others down: the first error is told at the end. */
static bool must_end(const struct request *r, struct error *failure, struct error *err)
{
	if (failure->code == ERR_INTERRUPTED)
		error_clear(err);
	if (!error_is_set(err))
		error_move(err, failure);
	return err->code == ERR_INTERRUPTED || !r->wanted;
}

static int start_places(const struct request *r, const struct start_places *places,
			struct error *err)
{
	for (size_t i = 0; i < places->n; i++) {
		struct error failure CLEANUP_ERROR = ERROR_INIT;

		if (start_one(r, places, i, &failure) < 0 && must_end(r, &failure, err))
			break;
	}
	return error_is_set(err) ? -1 : 0;
}

static int add_place(const struct request *r, const char *name, struct start_places *ret,
		     struct error *err)
{
	struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;
	struct start_place place = { 0 };

	if (instance_open(&inst, r->state, name, err) < 0)
		return -1;
	if (r->wanted && !is_missing(&inst))
		return 0;
	if (instance_place(&inst, &place, err) < 0) {
		start_place_clear(&place);
		return error_wrap(err, "start guest '%s'", name);
	}
	*APPEND(ret->v, ret->n) = place;
	return 0;
}

static int start(const struct request *r, const struct strv *names, struct error *err)
{
	struct start_places places CLEANUP_START_PLACES = START_PLACES_INIT;
	struct error failure CLEANUP_ERROR = ERROR_INIT;

	/* what --prepare did ended with the host's last start */
	if (launch_prepare_again(r->state, "/", &failure) < 0 && must_end(r, &failure, err))
		return -1;
	for (size_t i = 0; i < names->n; i++) {
		struct error damaged CLEANUP_ERROR = ERROR_INIT;

		if (add_place(r, names->v[i], &places, &damaged) < 0 && must_end(r, &damaged, err))
			return -1;
	}
	start_places_sort(&places);
	return start_places(r, &places, err);
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *state = NULL, *timeout = NULL;
	int wanted = 0, wait = 0;
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct request r = { 0 };
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
	r.start.wait = wait != 0;
	if (seconds_from_option("--timeout", timeout, 1, &r.start.timeout, err) < 0)
		return -1;
	r.state = state ? state : STATE_DEFAULT;
	r.wanted = wanted != 0;
	if (wanted && instance_list(r.state, &args, err) < 0)
		return -1;
	return start(&r, &args, err);
}

const struct command command_start = {
	.name = "start",
	.synopsis = "GUEST... | --wanted",
	.summary = "start guests that are installed",
	.text = "Guests on which others depend start first and are waited for. With --wanted it restores\n"
		"what was running before a power cut; the service manager calls it at boot.\n"
		"    rehost start press4 --wait",
	.run = run,
};
