// SPDX-License-Identifier: GPL-2.0-or-later
/* Start, ask, reach and stop a guest that a supervisor keeps in QEMU. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/interrupt.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/process.h"
#include "lib/base/progress.h"
#include "lib/base/size.h"
#include "lib/base/unix_socket.h"
#include "lib/pin.h"
#include "lib/qemu_machine.h"
#include "lib/qmp.h"
#include "lib/service.h"
#include "lib/supervisor.h"
#include "lib/target/qemu_life.h"

enum {
	START_MS = 60000,	/* for QEMU to come up on a host that is busy       */
	STEP_MS = 100,
	PRESS_SECONDS = 20,	/* the button is pressed again: guests overlook one */
	QUIT_MS = 5000,
	ASK_MS = 10000,
	PIN_TEXT_MAX = 64 << 10,
	SCREEN_MAX = 64 << 20,	/* a picture is smaller [bytes]                     */
};

static int connect_qmp(const struct instance *inst, struct qmp *ret, struct error *err)
{
	CLEANUP_FREE char *path = path_join(inst->dir, QEMU_QMP_SOCKET);

	return qmp_connect(ret, path, ASK_MS, err);
}

/* Number in a file of the run folder, 0: none */
static int read_pid(const struct instance *inst, const char *name)
{
	CLEANUP_FREE char *path = path_join(inst->run_dir, name);

	return process_from_file(path);
}

/* The supervisor is this same program; it lives on when we have ended. */
static int start_supervisor(const struct instance *inst, struct child *ret, struct error *err)
{
	CLEANUP_FREE char *self = NULL;
	const char *argv[] = { NULL, "supervise", "--state", inst->state, inst->name, NULL };
	struct child_io io = CHILD_IO_INIT;

	if (path_absolute("/proc/self/exe", &self, err) < 0)
		return -1;
	argv[0] = self;
	io.outlive = true;
	io.dir = "/";
	return child_start(argv, &io, ret, err);
}

/* The unit is held to the processors of the whole machine; the supervisor pins each thread in there. */
static int launch_service(const struct instance *inst, struct error *err)
{
	CLEANUP_FREE char *path = path_join(inst->dir, PIN_FILE), *text = NULL, *list = NULL;
	struct pin pin = PIN_INIT;

	if (path_exists(path) && (file_read(path, PIN_TEXT_MAX, &text, NULL, err) < 0 ||
				  pin_from_text(text, &pin, err) < 0))
		return -1;
	list = cpulist_format(&pin.machine);
	return service_start(inst, list, err);
}

/* The message is in the log, and the hint, if there is one, is the last line of what it wrote. */
static int tell_end(const struct instance *inst, const struct child *child, struct error *err)
{
	static const char program[] = "rehost: ", hint[] = "hint: ";
	CLEANUP_FREE char *last = child_complaint(child), *words = supervisor_last_words(inst);
	bool has_hint = strncmp(last, hint, sizeof(hint) - 1) == 0;

	if (!has_hint)
		return error_set(err, ERR_CHILD, "%s", strncmp(last, program, sizeof(program) - 1) == 0
							       ? last + sizeof(program) - 1
							       : last);
	error_set(err, ERR_CHILD, "%s", words ? words : "its supervisor ended");
	return error_hint(err, "%s", last + sizeof(hint) - 1);
}

int qemu_launch(const struct instance *inst, struct error *err)
{
	struct child child CLEANUP_CHILD = CHILD_INIT;

	if (service_possible(inst))
		return launch_service(inst, err);
	if (start_supervisor(inst, &child, err) < 0)
		return -1;
	for (int waited = 0; waited < START_MS; waited += STEP_MS) {
		struct error wait CLEANUP_ERROR = ERROR_INIT;

		if (child_wait(&child, STEP_MS, NULL, &wait) == 0)
			return error_set(err, ERR_CHILD, "guest '%s' ended at once", inst->name);
		if (wait.code == ERR_CHILD)
			return tell_end(inst, &child, err);
		if (wait.code != ERR_TIMEOUT)
			return error_move(err, &wait);
		if (read_pid(inst, SUPERVISOR_READY) == child.pid) {
			child_detach(&child);
			return 0;
		}
	}
	return error_set(err, ERR_TIMEOUT, "guest '%s' did not start in time", inst->name);
}

static void tell_crash(const struct instance *inst, struct instance_status *ret)
{
	CLEANUP_FREE char *path = path_join(inst->run_dir, SUPERVISOR_CRASHED);

	if (file_read(path, 4096, &ret->detail, NULL, NULL) == 0)
		ret->state = INSTANCE_CRASHED;
}

int qemu_status(const struct instance *inst, struct instance_status *ret, struct error *err)
{
	struct qmp qmp CLEANUP_QMP = QMP_INIT;
	struct error lost CLEANUP_ERROR = ERROR_INIT;

	*ret = (struct instance_status)INSTANCE_STATUS_INIT;
	if (!instance_is_locked(inst, LOCK_MACHINE)) {
		tell_crash(inst, ret);
		return 0;
	}
	if (connect_qmp(inst, &qmp, &lost) < 0 || qmp_run_state(&qmp, &ret->detail, &lost) < 0 ||
	    qmp_block_bytes(&qmp, &ret->disk_read, &ret->disk_written, &lost) < 0) {
		if (lost.code == ERR_INTERRUPTED)
			return error_move(err, &lost);
		/* between two machines, or one that does not answer any more */
		tell_crash(inst, ret);
		if (!ret->detail)
			ret->detail = xstrdup(lost.msg);
		ret->state = INSTANCE_CRASHED;
		return 0;
	}
	ret->state = strcmp(ret->detail, "running") == 0 ? INSTANCE_RUNNING : INSTANCE_PAUSED;
	ret->pid = read_pid(inst, SUPERVISOR_PID);
	ret->uptime = ret->pid ? process_uptime(ret->pid) : 0;
	return 0;
}

int qemu_console(const struct instance *inst, int *ret_fd, struct error *err)
{
	CLEANUP_FREE char *path = path_join(inst->run_dir, SUPERVISOR_CONSOLE);

	if (!instance_is_locked(inst, LOCK_WATCH)) {
		error_set(err, ERR_NOT_FOUND, "guest '%s' is not running", inst->name);
		return error_hint(err, "'rehost console --log %s' shows what it wrote before",
				  inst->name);
	}
	*ret_fd = unix_connect(path, err);
	return *ret_fd < 0 ? -1 : 0;
}

/* 1: nobody holds the machine any more, 0: still there after @ms */
static int await_off(const struct instance *inst, double ms, struct error *err)
{
	double deadline = monotonic_seconds() + ms / 1000;
	struct pollfd fd = { .fd = interrupt_fd(), .events = POLLIN };

	do {
		if (!instance_is_locked(inst, LOCK_MACHINE))
			return 1;
		poll(&fd, 1, STEP_MS);
		if (interrupt_check(err) < 0)
			return -1;
	} while (monotonic_seconds() < deadline);
	return 0;
}

static int stop_gently(const struct instance *inst, unsigned int grace_s, struct error *err)
{
	double deadline = monotonic_seconds() + grace_s;

	for (;;) {
		struct qmp qmp CLEANUP_QMP = QMP_INIT;
		double left = deadline - monotonic_seconds();
		int off;

		if (left <= 0)
			return 0;
		/* one that does not answer is switched off below */
		if (connect_qmp(inst, &qmp, NULL) == 0)
			qmp_command(&qmp, "system_powerdown", NULL, NULL, NULL);
		qmp_close(&qmp);
		off = await_off(inst, MIN(left, (double)PRESS_SECONDS) * 1000, err);
		if (off)
			return off;
	}
}

/* "ctrl-alt-delete" on the guest's keyboard */
static void press_keys(const struct instance *inst, const char *keys)
{
	struct qmp qmp CLEANUP_QMP = QMP_INIT;
	struct json_object *args = json_object_new_object();
	struct json_object *list = json_object_new_array();
	struct strv names CLEANUP_STRV = STRV_INIT;

	strv_split(&names, keys, "-");
	for (size_t i = 0; i < names.n; i++) {
		struct json_object *key = json_object_new_object();

		json_object_object_add(key, "type", json_object_new_string("qcode"));
		json_object_object_add(key, "data", json_object_new_string(names.v[i]));
		json_object_array_add(list, key);
	}
	json_object_object_add(args, "keys", list);
	/* one that does not answer is switched off afterwards */
	if (connect_qmp(inst, &qmp, NULL) == 0)
		qmp_command(&qmp, "send-key", args, NULL, NULL);
	else
		json_object_put(args);
}

/* Systems that know no power button: guest.xml says what they have in its place. */
static int stop_legacy(const struct instance *inst, const char *how, unsigned int grace_s, struct error *err)
{
	uint64_t delay = 0;

	if (strncmp(how, "keys ", 5) == 0) {
		press_keys(inst, how + 5);
		delay = MIN(grace_s, (unsigned int)PRESS_SECONDS);
	} else if (strncmp(how, "delay ", 6) == 0 && parse_u64(how + 6, 0, 9999, &delay, NULL) < 0) {
		delay = 0;
	}
	return delay ? await_off(inst, (double)MIN(delay, (uint64_t)grace_s) * 1000, err) : 0;
}

static int stop_hard(const struct instance *inst, struct error *err)
{
	struct qmp qmp CLEANUP_QMP = QMP_INIT;
	CLEANUP_CLOSE int fd = -1;
	int off, pid;

	if (connect_qmp(inst, &qmp, NULL) == 0)
		qmp_command(&qmp, "quit", NULL, NULL, NULL);
	off = await_off(inst, QUIT_MS, err);
	if (off)
		return off < 0 ? -1 : 0;
	pid = read_pid(inst, SUPERVISOR_PID);
	fd = pid ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	/* the lock is still held, so the number is still that of the machine */
	if (fd < 0 || !instance_is_locked(inst, LOCK_MACHINE) ||
	    syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) < 0)
		return error_sys(err, errno, "end the machine of '%s'", inst->name);
	off = await_off(inst, QUIT_MS, err);
	return off == 0 ? error_set(err, ERR_TIMEOUT, "the machine of '%s' does not end", inst->name)
			: MIN(off, 0);
}

int qemu_stop(const struct instance *inst, unsigned int grace_s, enum stop_way *ret,
	      struct error *err)
{
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	int off;

	*ret = STOP_WAS_OFF;
	if (!instance_is_locked(inst, LOCK_MACHINE))
		return 0;
	/* a guest whose document is gone can still be stopped */
	if (instance_guest(inst, &g, NULL) == 0 && g.legacy.present && g.legacy.stop)
		off = stop_legacy(inst, g.legacy.stop, grace_s, err);
	else
		off = stop_gently(inst, grace_s, err);
	*ret = off ? STOP_GENTLE : STOP_HARD;
	if (off)
		return MIN(off, 0);
	return stop_hard(inst, err);
}

/* QEMU writes where it runs; the picture is moved from there, whole. */
int qemu_screen(const struct instance *inst, const char *path, struct error *err)
{
	CLEANUP_FREE char *made = path_join(inst->dir, "screen.png"), *data = NULL;
	struct qmp qmp CLEANUP_QMP = QMP_INIT;
	size_t len = 0;

	if (!instance_is_locked(inst, LOCK_MACHINE))
		return error_set(err, ERR_NOT_FOUND, "guest '%s' is not running", inst->name);
	if (connect_qmp(inst, &qmp, err) < 0 || qmp_screenshot(&qmp, "screen.png", err) < 0 ||
	    file_read(made, SCREEN_MAX, &data, &len, err) < 0)
		return -1;
	(void)unlink(made);
	return file_write(path, data, len, OUTFILE_NEW, err);
}
