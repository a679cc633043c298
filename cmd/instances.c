// SPDX-License-Identifier: GPL-2.0-or-later
/* What the commands for installed guests share. */
#include "config.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "cmd/instances.h"
#include "lib/accel.h"
#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"
#include "lib/life.h"
#include "lib/relay.h"

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

/* What the guest wrote since it was started; nothing if the log is not there yet. */
static int judge_log(const struct instance *inst, const char *pattern, struct life_verdict *ret,
		     struct error *err)
{
	CLEANUP_FREE char *path = path_join(inst->log_dir, SERIAL_LOG), *data = NULL, *text = NULL;
	size_t len = 0;

	if (file_read(path, 2 * RELAY_LOG_MAX, &data, &len, NULL) < 0)
		return 0;
	text = console_text(data, len);
	return life_judge(text, pattern, ret, err);
}

static int still_runs(const struct instance *inst, struct error *err)
{
	const struct target *target = target_find(instance_release(inst)->target, err);
	struct instance_status status = INSTANCE_STATUS_INIT;
	int rc = target ? target->status(inst, &status, err) : -1;
	CLEANUP_FREE char *detail = status.detail;

	if (rc < 0 || status.state == INSTANCE_RUNNING)
		return rc;
	return error_set(err, ERR_CHILD, "guest '%s' is %s before it showed life%s%s", inst->name,
			 state_name(status.state), detail ? ": " : "", detail ? detail : "");
}

static int no_life(const struct instance *inst, uint64_t allowed, struct error *err)
{
	error_set(err, ERR_TIMEOUT, "guest '%s' showed no life within %" PRIu64 " s", inst->name,
		  allowed);
	return error_hint(err, "'rehost console --log %s' shows what it wrote", inst->name);
}

static int await_life(const struct instance *inst, uint64_t timeout_s, char **ret_line,
		      struct error *err)
{
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	struct pollfd wake = { .fd = interrupt_fd(), .events = POLLIN };
	double start = monotonic_seconds();
	enum accel accel = ACCEL_TCG;
	uint64_t allowed;

	if (instance_guest(inst, &g, err) < 0 || accel_probe(&accel, NULL, err) < 0)
		return -1;
	allowed = timeout_s ? timeout_s : life_seconds(&g.life, accel);
	while (monotonic_seconds() - start < (double)allowed) {
		struct life_verdict verdict CLEANUP_LIFE_VERDICT = LIFE_VERDICT_INIT;

		if (judge_log(inst, g.life.kind == LIFE_SERIAL ? g.life.pattern : NULL, &verdict,
			      err) < 0)
			return -1;
		if (verdict.sign == LIFE_ALIVE) {
			*ret_line = STEAL(verdict.line);
			return 0;
		}
		if (verdict.sign == LIFE_DEAD)
			return error_set(err, ERR_CHILD, "guest '%s': %s: %s", inst->name,
					 verdict.why, verdict.line);
		if (still_runs(inst, err) < 0)
			return -1;
		poll(&wake, 1, 1000);
		if (interrupt_check(err) < 0)
			return -1;
	}
	return no_life(inst, allowed, err);
}

bool instance_runs(const struct instance *inst)
{
	return instance_is_locked(inst, LOCK_WATCH) || instance_is_locked(inst, LOCK_MACHINE);
}

/* A machine without its supervisor is taken over by a new one. */
static int refuse_running(const struct instance *inst, struct error *err)
{
	if (!instance_is_locked(inst, LOCK_WATCH))
		return 0;
	error_set(err, ERR_BUSY, "guest '%s' is running", inst->name);
	return error_hint(err, "'rehost stop %s' stops it", inst->name);
}

int instance_start(struct instance *inst, const struct target *target,
		   const struct start_options *options, struct error *err)
{
	CLEANUP_FREE char *line = NULL;

	if (refuse_running(inst, err) < 0)
		return -1;
	inst->wanted = true;
	if (instance_save(inst, err) < 0 || target->launch(inst, err) < 0)
		return -1;
	printf("%s: release %" PRIu64 " runs on %s\n", inst->name, inst->current, target->name);
	fflush(stdout);
	if (!options->wait)
		return 0;
	progress_begin(options->progress, "wait for life", 0);
	if (await_life(inst, options->timeout, &line, err) < 0)
		return interrupted() ? error_hint(err, "the guest runs on: 'rehost stop %s' stops it",
						  inst->name)
				     : -1;
	progress_end(options->progress);
	printf("%s lives: %s\n", inst->name, line);
	return 0;
}

static const char *describe(enum stop_way way, bool pressed)
{
	switch (way) {
	case STOP_WAS_OFF:
		return "was not running";
	case STOP_GENTLE:
		return "followed the power button";
	default:
		return pressed ? "did not follow the power button and was switched off"
			       : "was switched off";
	}
}

/* A guest that has nothing that listens to the button is not waited for, unless it is asked for. */
static int choose_grace(const struct instance *inst, const struct stop_options *options,
			uint64_t *ret, struct error *err)
{
	struct guest g CLEANUP_GUEST = GUEST_INIT;

	*ret = options->now ? 0 : GRACE_SECONDS;
	if (options->now)
		return 0;
	if (options->grace)
		return seconds_from_option("--grace", options->grace, 0, ret, err);
	if (instance_guest(inst, &g, err) < 0)
		return -1;
	if (!g.acpi) {
		printf("%s has nothing that listens to the power button\n", inst->name);
		*ret = 0;
	}
	return 0;
}

int instance_stop(struct instance *inst, const struct target *target,
		  const struct stop_options *options, bool wanted, struct error *err)
{
	enum stop_way way = STOP_WAS_OFF;
	uint64_t grace = 0;

	if (choose_grace(inst, options, &grace, err) < 0)
		return -1;
	/* before the machine ends: whoever watches it must not start it again */
	inst->wanted = wanted;
	if (instance_save(inst, err) < 0 ||
	    target->stop(inst, (unsigned int)grace, &way, err) < 0)
		return -1;
	instance_log(inst, "stop: it %s", describe(way, grace > 0));
	printf("%s %s\n", inst->name, describe(way, grace > 0));
	return 0;
}
