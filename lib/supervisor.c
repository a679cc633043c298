// SPDX-License-Identifier: GPL-2.0-or-later
/* Keep one guest running in QEMU. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/accel.h"
#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/progress.h"
#include "lib/base/size.h"
#include "lib/base/unix_socket.h"
#include "lib/kernel_disk.h"
#include "lib/pin.h"
#include "lib/qemu_machine.h"
#include "lib/qmp.h"
#include "lib/relay.h"
#include "lib/supervisor.h"

#define CONTROL_SOCKET "control.sock"	/* QMP for the supervisor alone */

enum {
	ARGS_MAX = 64 << 10,
	CONNECT_TRIES = 300,	/* of 100 ms */
	QUIT_MS = 5000,		/* for QEMU to end after it was told to */
};

struct supervisor {
	const struct instance *inst;
	int watch_lock, machine_lock;
	int signals;		/* signalfd */
	struct relay relay;
	struct child child;	/* pid 0 when the machine was taken over */
	int pid_fd;		/* of the machine */
	pid_t pid;
	struct qmp qmp;
	char *reason;		/* of the last SHUTDOWN event, or NULL */
	double started;
	double deadline;	/* we were told to end: when to lose patience; 0: not told */
	unsigned int crashes;
};

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

static char *run_path(const struct supervisor *s, const char *name)
{
	return path_join(s->inst->run_dir, name);
}

/* --- start ----------------------------------------------------------------------------------- */

static int read_args(const struct instance *inst, struct strv *ret, struct error *err)
{
	CLEANUP_FREE char *path = path_join(inst->dir, "qemu.args"), *text = NULL;
	enum accel accel = ACCEL_TCG;

	if (file_read(path, ARGS_MAX, &text, NULL, err) < 0 ||
	    qemu_args_from_text(text, ret, err) < 0 || accel_probe(&accel, NULL, err) < 0)
		return -1;
	strv_add_many(ret, "-accel", accel_name(accel), "-display", "none", "-S", "-qmp",
		      "unix:" CONTROL_SOCKET ",server=on,wait=off", NULL);
	return 0;
}

static int write_pid(const struct supervisor *s, const char *name, pid_t pid, struct error *err)
{
	CLEANUP_FREE char *path = run_path(s, name);
	CLEANUP_FREE char *text = xasprintf("%d\n", (int)pid);

	return file_write(path, text, strlen(text), OUTFILE_REPLACE, err);
}

/* The machine holds a copy of the lock, so that it counts as running for as long as it lives. */
static int start_qemu(struct supervisor *s, struct error *err)
{
	struct strv args CLEANUP_STRV = STRV_INIT, argv CLEANUP_STRV = STRV_INIT;
	struct child_io io = CHILD_IO_INIT;

	/* after a take-over the lock went with the machine that had it */
	if (s->machine_lock < 0)
		s->machine_lock = instance_lock(s->inst, LOCK_MACHINE, err);
	if (s->machine_lock < 0 || read_args(s->inst, &args, err) < 0)
		return -1;
	strv_add(&argv, QEMU_PROGRAM);
	for (size_t i = 0; i < args.n; i++)
		strv_add(&argv, args.v[i]);
	io.dir = s->inst->dir;
	io.outlive = true;
	io.keep = &s->machine_lock;
	io.n_keep = 1;
	if (child_start((const char *const *)argv.v, &io, &s->child, err) < 0)
		return -1;
	s->pid = s->child.pid;
	s->pid_fd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	if (s->pid_fd < 0)
		return error_sys(err, errno, "watch QEMU");
	return write_pid(s, SUPERVISOR_PID, s->pid, err);
}

static int connect_control(struct supervisor *s, struct error *err)
{
	CLEANUP_FREE char *path = path_join(s->inst->dir, CONTROL_SOCKET);

	for (int i = 0; i < CONNECT_TRIES; i++) {
		struct error wait CLEANUP_ERROR = ERROR_INIT, late CLEANUP_ERROR = ERROR_INIT;

		if (qmp_connect(&s->qmp, path, QMP_TIMEOUT_MS, &late) == 0)
			return 0;
		if ((late.code != ERR_NOT_FOUND && late.code != ERR_SYSTEM) || !s->child.pid)
			return error_move(err, &late);
		if (child_wait(&s->child, 100, NULL, &wait) == 0)
			return error_set(err, ERR_CHILD, "QEMU ended without a word");
		if (wait.code != ERR_TIMEOUT)
			return error_move(err, &wait);
	}
	return error_set(err, ERR_TIMEOUT, "QEMU did not open its socket");
}

/* A guest without a serial port has no such socket. */
static int connect_serial(struct supervisor *s, struct error *err)
{
	CLEANUP_FREE char *path = path_join(s->inst->dir, QEMU_SERIAL_SOCKET);
	int fd;

	if (!path_exists(path))
		return 0;
	fd = unix_connect(path, err);
	if (fd < 0)
		return -1;
	relay_attach(&s->relay, fd);
	return 0;
}

static int read_pin(const struct instance *inst, struct pin *ret, struct error *err)
{
	CLEANUP_FREE char *path = path_join(inst->dir, PIN_FILE), *text = NULL;

	if (!path_exists(path))
		return 0;
	return file_read(path, ARGS_MAX, &text, NULL, err) < 0 ? -1 : pin_from_text(text, ret, err);
}

/* A host that is not the planned one still runs the guest; the log says that it is not as planned. */
static void pin_qemu(struct supervisor *s)
{
	struct error failure CLEANUP_ERROR = ERROR_INIT;
	struct pin pin = PIN_INIT;
	pid_t threads[PIN_VCPUS_MAX];
	size_t n = 0;

	if (read_pin(s->inst, &pin, &failure) < 0 ||
	    qmp_vcpu_threads(&s->qmp, threads, ARRAY_SIZE(threads), &n, &failure) < 0 ||
	    pin_apply(&pin, s->pid, threads, n, &failure) < 0)
		instance_log(s->inst, "not on the planned processors: %s", failure.msg);
}

/* The guest may have written a new kernel; when that cannot be read, the one before starts again. */
static int take_kernel(const struct supervisor *s, struct error *err)
{
	CLEANUP_FREE char *before = path_join(s->inst->dir, KERNEL_FILE);
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	struct error odd CLEANUP_ERROR = ERROR_INIT;

	if (instance_guest(s->inst, &g, err) < 0)
		return -1;
	if (kernel_disk_extract(&g, s->inst->dir, &odd) == 0)
		return 0;
	if (odd.code == ERR_INTERRUPTED || !path_exists(before))
		return error_move(err, &odd);
	instance_log(s->inst, "%s: the kernel from before starts", odd.msg);
	return 0;
}

/* The guest's first instruction runs when everything listens. */
static int start_machine(struct supervisor *s, struct error *err)
{
	CLEANUP_FREE char *crashed = run_path(s, SUPERVISOR_CRASHED);
	CLEANUP_FREE char *serial = path_join(s->inst->dir, QEMU_SERIAL_SOCKET);

	(void)unlink(serial);
	if (take_kernel(s, err) < 0)
		return -1;
	if (start_qemu(s, err) < 0 || connect_control(s, err) < 0 || connect_serial(s, err) < 0)
		return error_wrap(err, "start the machine of '%s'", s->inst->name);
	pin_qemu(s);
	if (qmp_command(&s->qmp, "cont", NULL, NULL, err) < 0)
		return error_wrap(err, "start the machine of '%s'", s->inst->name);
	(void)unlink(crashed);
	s->started = monotonic_seconds();
	instance_log(s->inst, "release %" PRIu64 " started, process %d", s->inst->current,
		     (int)s->pid);
	return 0;
}

/* The supervisor before us was killed, its machine was not. */
static int take_over(struct supervisor *s, struct error *err)
{
	CLEANUP_FREE char *path = run_path(s, SUPERVISOR_PID), *text = NULL;
	uint64_t pid = 0;

	if (file_read(path, 32, &text, NULL, err) < 0)
		return -1;
	text[strcspn(text, "\n")] = '\0';
	if (parse_u64(text, 2, INT32_MAX, &pid, err) < 0)
		return -1;
	s->pid = (pid_t)pid;
	s->pid_fd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	if (s->pid_fd < 0)
		return error_sys(err, errno, "watch process %d", (int)s->pid);
	if (connect_control(s, err) < 0 || connect_serial(s, err) < 0 ||
	    qmp_command(&s->qmp, "cont", NULL, NULL, err) < 0)
		return error_wrap(err, "take over the running machine of '%s'", s->inst->name);
	s->started = monotonic_seconds();
	instance_log(s->inst, "taken over from a supervisor that is gone, process %d", (int)s->pid);
	return 0;
}

/* --- watch ----------------------------------------------------------------------------------- */

static void take_event(struct supervisor *s, struct json_object *event)
{
	struct json_object *data = NULL, *reason = NULL;

	if (!qmp_event_is(event, "SHUTDOWN"))
		return;
	json_object_object_get_ex(event, "data", &data);
	if (json_object_object_get_ex(data, "reason", &reason)) {
		free(s->reason);
		s->reason = xstrdup(json_object_get_string(reason));
	}
}

static void drain_events(struct supervisor *s)
{
	for (;;) {
		struct json_object *event CLEANUP_JSON = NULL;

		if (s->qmp.fd < 0)
			return;
		if (qmp_event(&s->qmp, 0, &event, NULL) < 0)
			qmp_close(&s->qmp);
		else if (event)
			take_event(s, event);
		else
			return;
	}
}

static void press_power_button(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) > 0) {
		if (s->deadline)	/* told twice: do not wait any more */
			s->deadline = monotonic_seconds();
		else
			s->deadline = monotonic_seconds() + SUPERVISOR_GRACE;
	}
	instance_log(s->inst, "told to end: the power button is pressed");
	if (s->qmp.fd >= 0)
		qmp_command(&s->qmp, "system_powerdown", NULL, NULL, NULL);
}

static void switch_off(struct supervisor *s)
{
	struct pollfd gone = { .fd = s->pid_fd, .events = POLLIN };

	instance_log(s->inst, "the power button was not followed: switched off");
	if (s->qmp.fd < 0 || qmp_command(&s->qmp, "quit", NULL, NULL, NULL) < 0 ||
	    poll(&gone, 1, QUIT_MS) <= 0)
		syscall(SYS_pidfd_send_signal, s->pid_fd, SIGKILL, NULL, 0);
}

/* Until the machine is gone. */
static int watch(struct supervisor *s, struct error *err)
{
	enum { GONE, SIGNALS, CONTROL, RELAY };
	struct pollfd fds[RELAY + RELAY_FDS_MAX];

	for (;;) {
		double left = s->deadline ? s->deadline - monotonic_seconds() : 3600;
		size_t n;

		fds[GONE] = (struct pollfd){ .fd = s->pid_fd, .events = POLLIN };
		fds[SIGNALS] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
		fds[CONTROL] = (struct pollfd){ .fd = s->qmp.fd, .events = POLLIN };
		n = relay_fds(&s->relay, fds + RELAY);
		if (left <= 0) {
			switch_off(s);
			s->deadline = monotonic_seconds() + QUIT_MS;
			left = QUIT_MS;
		}
		if (poll(fds, RELAY + n, (int)(left * 1000) + 1) < 0) {
			if (errno == EINTR)
				continue;
			return error_sys(err, errno, "wait for the machine");
		}
		relay_handle(&s->relay, fds + RELAY, n);
		if (fds[CONTROL].revents)
			drain_events(s);
		if (fds[SIGNALS].revents)
			press_power_button(s);
		if (fds[GONE].revents) {
			drain_events(s);
			return 0;
		}
	}
}

/* --- the end of a machine ---------------------------------------------------------------------- */

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
	CLEANUP_FREE char *path = run_path(s, SUPERVISOR_CRASHED);

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
		if (watch(s, err) < 0)
			return -1;
		rc = after_end(s, err);
		if (rc > 0 && start_machine(s, err) < 0)
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
	CLEANUP_FREE char *console = run_path(s, SUPERVISOR_CONSOLE);
	CLEANUP_FREE char *log = path_join(s->inst->log_dir, SERIAL_LOG);
	struct error busy CLEANUP_ERROR = ERROR_INIT;

	if (take_signals(s, err) < 0)
		return -1;
	s->watch_lock = instance_lock(s->inst, LOCK_WATCH, err);
	if (s->watch_lock < 0 || relay_open(&s->relay, console, log, err) < 0)
		return -1;
	s->machine_lock = instance_lock(s->inst, LOCK_MACHINE, &busy);
	if (s->machine_lock >= 0)
		return start_machine(s, err);
	return busy.code == ERR_BUSY ? take_over(s, err) : error_move(err, &busy);
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
	if (begin(&s, err) < 0 || write_pid(&s, SUPERVISOR_READY, getpid(), err) < 0) {
		if (s.child.pid)	/* half started */
			child_stop(&s.child);
		return -1;
	}
	return supervise(&s, err);
}
