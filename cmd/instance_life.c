// SPDX-License-Identifier: GPL-2.0-or-later
/* Wait until a guest that was started shows life, as its document says. */
#include "config.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/instances.h"
#include "lib/accel.h"
#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"
#include "lib/life.h"
#include "lib/relay.h"

struct wait {
	const struct instance *inst;
	const struct target *target;
	struct guest_life life;		/* of the guest's document */
	double start;
	struct life_screens screens;
	unsigned int ticks;
};

/* What the guest wrote since it was started; nothing if the log is not there yet. */
static int judge_log(const struct wait *w, struct life_verdict *ret, struct error *err)
{
	CLEANUP_FREE char *path = path_join(w->inst->log_dir, SERIAL_LOG), *data = NULL, *text = NULL;
	size_t len = 0;

	if (file_read(path, 2 * RELAY_LOG_MAX, &data, &len, NULL) < 0)
		return 0;
	text = console_text(data, len);
	return life_judge(text, w->life.kind == LIFE_SERIAL ? w->life.pattern : NULL, ret, err);
}

/* 1: the screen of a system that has come up */
static int judge_screen(struct wait *w, uint64_t read, struct error *err)
{
	CLEANUP_FREE char *path = path_join(w->inst->run_dir, "life.png");
	char digest[DIGEST_HEX_SIZE];

	(void)unlink(path);
	if (w->target->screen(w->inst, path, err) < 0 || digest_file(path, digest, NULL, err) < 0)
		return -1;
	(void)unlink(path);
	life_screens_add(&w->screens, digest, read);
	return life_screens_alive(&w->screens, monotonic_seconds() - w->start);
}

static int still_runs(const struct wait *w, uint64_t *ret_read, struct error *err)
{
	struct instance_status status = INSTANCE_STATUS_INIT;
	int rc = w->target->status(w->inst, &status, err);
	CLEANUP_FREE char *detail = status.detail;

	*ret_read = status.disk_read;
	if (rc < 0 || status.state == INSTANCE_RUNNING)
		return rc;
	return error_set(err, ERR_CHILD, "guest '%s' is %s before it showed life%s%s", w->inst->name,
			 state_name(status.state), detail ? ": " : "", detail ? detail : "");
}

static int no_life(const struct instance *inst, uint64_t allowed, struct error *err)
{
	error_set(err, ERR_TIMEOUT, "guest '%s' showed no life within %" PRIu64 " s", inst->name,
		  allowed);
	return error_hint(err, "'rehost console --log %s' shows what it wrote", inst->name);
}

/* 1: it lives, and *ret_line says how one sees it; 0: not yet */
static int look(struct wait *w, char **ret_line, struct error *err)
{
	struct life_verdict verdict CLEANUP_LIFE_VERDICT = LIFE_VERDICT_INIT;
	uint64_t read = 0;
	int rc;

	if (judge_log(w, &verdict, err) < 0)
		return -1;
	if (verdict.sign == LIFE_ALIVE) {
		*ret_line = STEAL(verdict.line);
		return 1;
	}
	if (verdict.sign == LIFE_DEAD)
		return error_set(err, ERR_CHILD, "guest '%s': %s: %s", w->inst->name, verdict.why,
				 verdict.line);
	if (still_runs(w, &read, err) < 0)
		return -1;
	if (w->life.kind == LIFE_AGENT) {
		rc = w->target->agent(w->inst, err);
		if (rc > 0)
			*ret_line = xstrdup("its agent answers");
		return rc;
	}
	if (w->life.kind != LIFE_SCREEN || ++w->ticks % LIFE_SCREEN_TICKS)
		return 0;
	rc = judge_screen(w, read, err);
	if (rc > 0)
		*ret_line = xstrdup("its screen has settled");
	return rc;
}

static int await(struct wait *w, uint64_t allowed, char **ret_line, struct error *err)
{
	struct pollfd wake = { .fd = interrupt_fd(), .events = POLLIN };

	while (monotonic_seconds() - w->start < (double)allowed) {
		int rc = look(w, ret_line, err);

		if (rc)
			return MIN(rc, 0);
		poll(&wake, 1, 1000);
		if (interrupt_check(err) < 0)
			return -1;
	}
	return no_life(w->inst, allowed, err);
}

static int await_as_told(const struct instance *inst, const struct target *target,
			 uint64_t timeout_s, char **ret_line, struct error *err)
{
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	struct wait w = { .inst = inst, .target = target, .start = monotonic_seconds() };
	enum accel accel = ACCEL_TCG;

	if (instance_guest(inst, &g, err) < 0 || accel_probe(&accel, NULL, err) < 0)
		return -1;
	if (g.life.kind == LIFE_SCREEN && !target->screen)
		return error_set(err, ERR_UNSUPPORTED, "guest '%s' shows life on its screen only, which "
				 "target '%s' cannot show", inst->name, target->name);
	if (g.life.kind == LIFE_AGENT && !target->agent)
		return error_set(err, ERR_UNSUPPORTED, "guest '%s' shows life by its agent only, which "
				 "target '%s' cannot ask", inst->name, target->name);
	w.life = g.life;
	return await(&w, timeout_s ? timeout_s : life_seconds(&g.life, accel), ret_line, err);
}

int instance_await_life(struct instance *inst, const struct target *target,
			const struct start_options *options, struct error *err)
{
	CLEANUP_FREE char *line = NULL;

	progress_begin(options->progress, "wait for life", 0);
	if (await_as_told(inst, target, options->timeout, &line, err) < 0)
		return interrupted() ? error_hint(err, "the guest runs on: 'rehost stop %s' stops it",
						  inst->name)
				     : -1;
	progress_end(options->progress);
	printf("%s lives: %s\n", inst->name, line);
	fflush(stdout);
	return instance_prove(inst, err);
}

int instance_await_neighbour(const struct instance *inst, const struct target *target, struct error *err)
{
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	struct instance_status status = INSTANCE_STATUS_INIT;
	struct error failure CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *line = NULL;
	enum accel accel = ACCEL_TCG;
	double left;

	if (instance_guest(inst, &g, err) < 0 || accel_probe(&accel, NULL, err) < 0 ||
	    target->status(inst, &status, err) < 0)
		return -1;
	free(status.detail);
	left = (double)life_seconds(&g.life, accel) - status.uptime;
	if (status.uptime <= 0 || left <= 0 ||
	    await_as_told(inst, target, (uint64_t)left + 1, &line, &failure) == 0 ||
	    failure.code == ERR_UNSUPPORTED)
		return 0;
	return error_move(err, &failure);
}
