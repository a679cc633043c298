// SPDX-License-Identifier: GPL-2.0-or-later
/* What the commands for installed guests share. */
#include "config.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include "cmd/instances.h"
#include "lib/accel.h"
#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"
#include "lib/life.h"
#include "lib/relay.h"

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

/* A guest that is judged by its screen lives when its machine has run for a while. */
int instance_await_life(const struct instance *inst, uint64_t timeout_s, char **ret_line,
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
