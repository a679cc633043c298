// SPDX-License-Identifier: GPL-2.0-or-later
/* What the commands for installed guests share. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/instances.h"
#include "lib/base/alloc.h"
#include "lib/guest_stop.h"

enum { GRACE_SECONDS = 90 };

const char *state_name(enum instance_state state)
{
	static const char *const names[] = {
		[INSTANCE_STOPPED] = "stopped",
		[INSTANCE_RUNNING] = "running",
		[INSTANCE_PAUSED] = "paused",
		[INSTANCE_CRASHED] = "crashed",
	};

	return names[state];
}

int instance_open_with_target(struct instance *ret, const struct target **ret_target,
			      const char *state, const char *name, struct error *err)
{
	struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;

	if (instance_open(&inst, state ? state : STATE_DEFAULT, name, err) < 0)
		return -1;
	*ret_target = target_find(instance_release(&inst)->target, err);
	if (!*ret_target)
		return -1;
	if (!(*ret_target)->launch)
		return error_set(err, ERR_UNSUPPORTED, "target '%s' is only generated for",
				 (*ret_target)->name);
	*ret = inst;
	inst = (struct instance)INSTANCE_INIT;
	return 0;
}

void guest_give_back(struct guest_at_hand *g)
{
	cleanup_close(&g->lock);
	instance_clear(&g->inst);
}

int guest_take(struct guest_at_hand *ret, const char *state, const char *name, struct error *err)
{
	if (instance_open_with_target(&ret->inst, &ret->target, state, name, err) < 0)
		return -1;
	ret->lock = instance_lock(&ret->inst, LOCK_CHANGE, err);
	return ret->lock < 0 ? -1 : 0;
}

int instance_runs(const struct instance *inst, struct error *err)
{
	const struct release *r = instance_release(inst);
	struct instance_status status = INSTANCE_STATUS_INIT;
	const struct target *target;
	int rc;

	if (instance_is_locked(inst, LOCK_WATCH) || instance_is_locked(inst, LOCK_MACHINE))
		return 1;
	if (!r)
		return 0;
	target = target_find(r->target, err);
	if (!target)
		return -1;
	rc = target->status ? target->status(inst, &status, err) : 0;
	free(status.detail);
	return rc < 0 ? -1 : status.state == INSTANCE_RUNNING || status.state == INSTANCE_PAUSED;
}

/* A machine of ours without its supervisor is taken over by a new one. */
static int refuse_running(const struct instance *inst, struct error *err)
{
	int runs = instance_is_locked(inst, LOCK_MACHINE) ? instance_is_locked(inst, LOCK_WATCH)
							  : instance_runs(inst, err);

	if (runs <= 0)
		return runs;
	error_set(err, ERR_BUSY, "guest '%s' is running", inst->name);
	return error_hint(err, "'rehost stop %s' stops it", inst->name);
}

/* What this host cannot give it, which no finding of the plan could know. */
static void print_losses(const struct instance *inst)
{
	struct strv lost CLEANUP_STRV = STRV_INIT;

	instance_losses(inst, &lost);
	for (size_t i = 0; i < lost.n; i++)
		printf("    not as planned: %s\n", lost.v[i]);
}

int instance_start(struct instance *inst, const struct target *target,
		   const struct start_options *options, struct error *err)
{
	if (refuse_running(inst, err) < 0)
		return -1;
	inst->wanted = true;
	if (instance_save(inst, err) < 0 || target->launch(inst, err) < 0)
		return -1;
	printf("%s: release %" PRIu64 " runs on %s\n", inst->name, inst->current, target->name);
	print_losses(inst);
	fflush(stdout);
	if (!options->wait)
		return 0;
	return instance_await_life(inst, target, options, err);
}

/* The caller frees it. @in_place: what the guest has in place of a power button, or NULL */
static char *describe(enum stop_way way, bool asked, const char *in_place)
{
	const char *what = in_place ? in_place : "power button";

	if (way == STOP_WAS_OFF)
		return xstrdup("was not running");
	if (way == STOP_GENTLE)
		return in_place ? xasprintf("went off at the %s", what)
				: xstrdup("followed the power button");
	return asked ? xasprintf("did not follow the %s and was switched off", what)
		     : xstrdup("was switched off");
}

/* "keys ctrl-alt-delete", "delay 20"; NULL: it has its power button, or nothing at all */
static const char *usable(const char *in_place)
{
	return in_place && strcmp(in_place, "off") != 0 ? in_place : NULL;
}

/* A guest that has nothing that listens to the button is not waited for, unless it is asked for. */
static int choose_grace(const struct instance *inst, const struct stop_options *options,
			const struct guest *g, struct stop_request *ret, struct error *err)
{
	uint64_t grace = options->now ? 0 : GRACE_SECONDS;

	ret->in_place = guest_stop_text(g);
	if (!options->now && options->grace) {
		if (seconds_from_option("--grace", options->grace, 0, &grace, err) < 0)
			return -1;
	} else if (!options->now && !g->acpi && !usable(ret->in_place)) {
		printf("%s has nothing that listens to the power button\n", inst->name);
		grace = 0;
	}
	ret->grace_s = (unsigned int)grace;
	return 0;
}

int instance_stop(struct instance *inst, const struct target *target,
		  const struct stop_options *options, bool wanted, struct error *err)
{
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	struct error lost CLEANUP_ERROR = ERROR_INIT;
	enum stop_way way = STOP_WAS_OFF;
	struct stop_request how = { 0, NULL };
	CLEANUP_FREE char *words = NULL;

	if (instance_guest(inst, &g, &lost) < 0 && !options->now && !options->grace)
		return error_move(err, &lost);
	if (choose_grace(inst, options, &g, &how, err) < 0)
		return -1;
	/* before the machine ends: whoever watches it must not start it again */
	inst->wanted = wanted;
	if (instance_save(inst, err) < 0 ||
	    target->stop(inst, &how, &way, err) < 0)
		return -1;
	words = describe(way, how.grace_s > 0, usable(how.in_place));
	instance_log(inst, "stop: it %s", words);
	printf("%s %s\n", inst->name, words);
	return 0;
}

int instance_change_target(const struct instance *inst, const struct release *next, struct error *err)
{
	const struct release *now = instance_release(inst);
	const struct target *target;

	if (!now || strcmp(now->target, next->target) == 0)
		return 0;
	target = target_find(now->target, err);
	if (!target || (target->forget && target->forget(inst, err) < 0))
		return error_wrap(err, "take guest '%s' from %s", inst->name, now->target);
	return 0;
}
