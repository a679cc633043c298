// SPDX-License-Identifier: GPL-2.0-or-later
/* Start, ask, reach and stop a guest that a supervisor keeps in QEMU. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/agent.h"
#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/interrupt.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/process.h"
#include "lib/base/progress.h"
#include "lib/base/size.h"
#include "lib/base/unix_socket.h"
#include "lib/keyboard.h"
#include "lib/pin.h"
#include "lib/qemu_machine.h"
#include "lib/qmp.h"
#include "lib/service.h"
#include "lib/supervisor.h"
#include "lib/target/qemu_life.h"
#include "lib/target/stop.h"

enum {
	START_MS = 60000,	/* for QEMU to come up on a host that is busy       */
	STEP_MS = 100,
	QUIT_SECONDS = 5,
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
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	struct pin pin = PIN_INIT;

	if (instance_guest(inst, &g, err) < 0)
		return -1;
	if (path_exists(path) && (file_read(path, PIN_TEXT_MAX, &text, NULL, err) < 0 ||
				  pin_from_text(text, &pin, err) < 0))
		return -1;
	list = cpulist_format(&pin.machine);
	return service_start(inst, list, g.cpu_quota * g.vcpus, err);
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

int qemu_agent(const struct instance *inst, struct error *err)
{
	CLEANUP_FREE char *path = path_join(inst->dir, QEMU_AGENT_SOCKET);

	return agent_answers(path, err);
}

/* --- stop ------------------------------------------------------------------------------------ */

static int is_on(void *machine, struct error *err)
{
	(void)err;
	return instance_is_locked(machine, LOCK_MACHINE);
}

/* One that does not answer is switched off later. */
static void tell(const struct instance *inst, const char *command, struct json_object *args)
{
	struct qmp qmp CLEANUP_QMP = QMP_INIT;

	if (connect_qmp(inst, &qmp, NULL) == 0)
		qmp_command(&qmp, command, args, NULL, NULL);
	else
		json_object_put(args);
}

static void press(void *machine)
{
	tell(machine, "system_powerdown", NULL);
}

/* What such keys end is to stay ended, where the PC would start anew. */
static void keys(void *machine, const char *names)
{
	struct json_object *args = json_object_new_object();

	json_object_object_add(args, "reboot", json_object_new_string("shutdown"));
	tell(machine, "set-action", args);
	tell(machine, "send-key", keyboard_chord(names));
}

static int pull(void *machine, struct error *err)
{
	const struct instance *inst = machine;
	struct stop_ops ops = { .is_on = is_on };
	CLEANUP_CLOSE int fd = -1;
	int off, pid;

	tell(inst, "quit", NULL);
	off = stop_await_off(&ops, machine, QUIT_SECONDS, err);
	if (off)
		return MIN(off, 0);
	pid = read_pid(inst, SUPERVISOR_PID);
	fd = pid ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	/* the lock is still held, so the number is still that of the machine */
	if (fd < 0 || !instance_is_locked(inst, LOCK_MACHINE) ||
	    syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) < 0)
		return error_sys(err, errno, "end the machine of '%s'", inst->name);
	return 0;
}

int qemu_stop(const struct instance *inst, const struct stop_request *how, enum stop_way *ret,
	      struct error *err)
{
	static const struct stop_ops ops = { is_on, press, keys, pull, QUIT_SECONDS };

	*ret = STOP_WAS_OFF;
	if (!instance_is_locked(inst, LOCK_MACHINE))
		return 0;
	return stop_machine(&ops, (void *)inst, inst->name, how, ret, err);
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
