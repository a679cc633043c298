// SPDX-License-Identifier: GPL-2.0-or-later
/* Keep one guest running in QEMU. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/progress.h"
#include "lib/life.h"
#include "lib/service.h"
#include "lib/supervisor.h"
#include "lib/supervisor_private.h"

enum { EVENTS_MAX = 2 << 20 };	/* its log is smaller [bytes] */

static void cleanup_supervisor(struct supervisor *s)
{
	qmp_close(&s->qmp);
	child_detach(&s->child);
	relay_close(&s->relay);
	cleanup_close(&s->pid_fd);
	cleanup_close(&s->signals);
	cleanup_close(&s->machine_lock);
	cleanup_close(&s->watch_lock);
	free(s->reason);
}

/* NULL: it was switched off, by itself or by us; otherwise why it is down. The caller frees it. */
static char *find_crash(struct supervisor *s)
{
	CLEANUP_FREE char *last = NULL;
	int status = 0;

	if (s->reason)
		return NULL;
	if (!s->child.pid || child_wait(&s->child, 1000, &status, NULL) < 0)
		return xstrdup("QEMU ended without a word");
	last = child_complaint(&s->child);
	if (status > 128)
		return xasprintf("QEMU was ended by signal %d", status - 128);
	return xasprintf("QEMU ended with status %d%s%s", status, *last ? ": " : "", last);
}

static void note_crash(struct supervisor *s, const char *why)
{
	CLEANUP_FREE char *path = supervisor_path(s, SUPERVISOR_CRASHED);

	instance_log(s->inst, "crashed: %s", why);
	file_write(path, why, strlen(why), OUTFILE_REPLACE, NULL);
}

static void forget_machine(struct supervisor *s)
{
	qmp_close(&s->qmp);
	child_stop(&s->child);
	cleanup_close(&s->pid_fd);
	s->pid_fd = -1;
	free(STEAL(s->reason));
}

/* A growing pause between restarts. false: we were told to end meanwhile. */
static bool pause_before_restart(struct supervisor *s)
{
	struct pollfd fd = { .fd = s->signals, .events = POLLIN };

	return poll(&fd, 1, 1000 << MIN(s->crashes, 5U)) == 0;
}

/* A guest that switched itself off stays off, as the old PC did. A command that is at work on it knows better. */
static void note_off(struct supervisor *s)
{
	struct instance fresh CLEANUP_INSTANCE = INSTANCE_INIT;
	CLEANUP_CLOSE int lock = instance_lock(s->inst, LOCK_CHANGE, NULL);

	instance_log(s->inst, "switched off: %s", s->reason);
	if (s->deadline || lock < 0 ||
	    instance_open(&fresh, s->inst->state, s->inst->name, NULL) < 0)
		return;
	fresh.wanted = false;
	instance_save(&fresh, NULL);
}

/* 1: go on with a new machine, 0: it is off for good, -1: crashed too often */
static int after_end(struct supervisor *s, struct error *err)
{
	CLEANUP_FREE char *crash = find_crash(s);

	if (!crash) {
		note_off(s);
		return 0;
	}
	note_crash(s, crash);
	if (s->deadline)
		return 0;
	if (monotonic_seconds() - s->started > SUPERVISOR_CALM_SECONDS)
		s->crashes = 0;
	if (++s->crashes > SUPERVISOR_RESTARTS)
		return error_set(err, ERR_CHILD, "guest '%s' crashed %u times: %s", s->inst->name,
				 s->crashes, crash);
	forget_machine(s);
	return pause_before_restart(s) ? 1 : 0;
}

static int supervise(struct supervisor *s, struct error *err)
{
	int rc;

	do {
		if (supervisor_watch(s, err) < 0)
			return -1;
		rc = after_end(s, err);
		if (rc > 0 && supervisor_start_machine(s, err) < 0)
			return -1;
	} while (rc > 0);
	return rc;
}

/* Signals are read like everything else, so that nothing that stops the guest is cut short by them. */
static int take_signals(struct supervisor *s, struct error *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signals < 0 ? error_sys(err, errno, "watch signals") : 0;
}

static int begin(struct supervisor *s, struct error *err)
{
	CLEANUP_FREE char *console = supervisor_path(s, SUPERVISOR_CONSOLE);
	CLEANUP_FREE char *log = path_join(s->inst->log_dir, SERIAL_LOG);
	struct error busy CLEANUP_ERROR = ERROR_INIT;

	if (take_signals(s, err) < 0)
		return -1;
	s->watch_lock = instance_lock(s->inst, LOCK_WATCH, err);
	if (s->watch_lock < 0 || relay_open(&s->relay, console, log, err) < 0)
		return -1;
	s->machine_lock = instance_lock(s->inst, LOCK_MACHINE, &busy);
	if (s->machine_lock >= 0)
		return supervisor_start_machine(s, err);
	return busy.code == ERR_BUSY ? supervisor_take_over(s, err) : error_move(err, &busy);
}

int supervisor_run(const struct instance *inst, struct error *err)
{
	struct supervisor s __attribute__((cleanup(cleanup_supervisor))) = {
		.inst = inst,
		.watch_lock = -1,
		.machine_lock = -1,
		.signals = -1,
		.child = CHILD_INIT,
		.pid_fd = -1,
		.qmp = QMP_INIT,
	};

	relay_init(&s.relay);
	if (begin(&s, err) < 0 || supervisor_write_pid(&s, SUPERVISOR_READY, getpid(), err) < 0) {
		if (s.child.pid)	/* half started */
			child_stop(&s.child);
		return -1;
	}
	service_ready();
	return supervise(&s, err);
}

#define LAST_WORDS "supervisor ends: "

void supervisor_ended(const struct instance *inst, const struct error *why)
{
	instance_log(inst, LAST_WORDS "%s", why->msg);
}

char *supervisor_last_words(const struct instance *inst)
{
	CLEANUP_FREE char *path = path_join(inst->log_dir, "events.log"), *text = NULL, *last = NULL;
	const char *words;

	if (file_read(path, EVENTS_MAX, &text, NULL, NULL) < 0)
		return NULL;
	last = console_last_lines(text, 1);
	words = strstr(last, LAST_WORDS);
	return words ? xstrdup(words + strlen(LAST_WORDS)) : NULL;
}
