// SPDX-License-Identifier: GPL-2.0-or-later
/* Start the machine of a supervisor, or take over one that runs. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/progress.h"
#include "lib/base/size.h"
#include "lib/base/unix_socket.h"
#include "lib/confine.h"
#include "lib/kernel_disk.h"
#include "lib/pin.h"
#include "lib/qemu_machine.h"
#include "lib/supervisor.h"
#include "lib/supervisor_args.h"
#include "lib/supervisor_private.h"

#define CONTROL_SOCKET "control.sock"	/* QMP for the supervisor alone */

enum {
	PIN_MAX = 64 << 10,	/* a file of processors is smaller [bytes] */
	CONNECT_TRIES = 300,	/* of 100 ms */
};

char *supervisor_path(const struct supervisor *s, const char *name)
{
	return path_join(s->inst->run_dir, name);
}

int supervisor_write_pid(const struct supervisor *s, const char *name, pid_t pid, struct error *err)
{
	CLEANUP_FREE char *path = supervisor_path(s, name);
	CLEANUP_FREE char *text = xasprintf("%d\n", (int)pid);

	return file_write(path, text, strlen(text), OUTFILE_REPLACE, err);
}

/* Locked memory is asked for by the arguments; a limit would fail them. */
static void lift_limits(void)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	(void)setrlimit(RLIMIT_MEMLOCK, &none);
}

/* NULL: QEMU runs as we do. */
static int choose_user(const struct supervisor *s, struct child_user *room, struct child_user **ret,
		       struct error *err)
{
	*ret = confine_user(room) ? room : NULL;
	if (*ret)
		return confine_files(s->inst, room, err);
	if (geteuid() == 0)
		instance_lose(s->inst, "QEMU runs as root: there is no user " CONFINE_USER);
	return 0;
}

/* The machine holds a copy of the lock, so that it counts as running for as long as it lives. */
static int spawn(struct supervisor *s, const struct supervisor_args *args,
		 const struct child_user *user, struct error *err)
{
	struct strv argv CLEANUP_STRV = STRV_INIT;
	int keep[SUPERVISOR_FDS_MAX + 1];
	struct child_io io = CHILD_IO_INIT;

	strv_add(&argv, QEMU_PROGRAM);
	for (size_t i = 0; i < args->argv.n; i++)
		strv_add(&argv, args->argv.v[i]);
	strv_add_many(&argv, "-S", "-qmp", "unix:" CONTROL_SOCKET ",server=on,wait=off", NULL);
	keep[0] = s->machine_lock;
	memcpy(keep + 1, args->fds, args->n_fds * sizeof(*keep));
	io.dir = s->inst->dir;
	io.outlive = true;
	io.keep = keep;
	io.n_keep = args->n_fds + 1;
	io.user = user;
	return child_start((const char *const *)argv.v, &io, &s->child, err);
}

/*
 * What goes to a port of the host comes to us as well, through a pipe with a name: a supervisor after this one
 * finds it, and the log does not grow beyond its bound. Its reader must be there before QEMU opens it.
 */
static int open_copy(struct supervisor *s, const struct supervisor_args *args, const struct child_user *user,
		     struct error *err)
{
	CLEANUP_FREE char *path = path_join(s->inst->dir, QEMU_SERIAL_COPY);
	bool asked = false;
	int fd;

	for (size_t i = 0; i < args->argv.n; i++)
		asked |= strstr(args->argv.v[i], ",logfile=" QEMU_SERIAL_COPY) != NULL;
	if (unlink(path) < 0 && errno != ENOENT)
		return error_sys(err, errno, "delete '%s'", path);
	if (!asked)
		return 0;
	if (mkfifo(path, 0600) < 0 || (user && lchown(path, user->uid, user->gid) < 0))
		return error_sys(err, errno, "make '%s'", path);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return error_sys(err, errno, "open '%s'", path);
	relay_attach(&s->relay, fd);
	return 0;
}

static int start_qemu(struct supervisor *s, struct error *err)
{
	struct supervisor_args args CLEANUP_SUPERVISOR_ARGS = SUPERVISOR_ARGS_INIT;
	struct child_user room = { 0 }, *user = NULL;

	/* after a take-over the lock went with the machine that had it */
	if (s->machine_lock < 0)
		s->machine_lock = instance_lock(s->inst, LOCK_MACHINE, err);
	lift_limits();
	if (s->machine_lock < 0 || choose_user(s, &room, &user, err) < 0 ||
	    supervisor_args(s->inst, user, &args, err) < 0 || open_copy(s, &args, user, err) < 0 ||
	    spawn(s, &args, user, err) < 0)
		return -1;
	s->pid = s->child.pid;
	s->pid_fd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	if (s->pid_fd < 0)
		return error_sys(err, errno, "watch QEMU");
	return supervisor_write_pid(s, SUPERVISOR_PID, s->pid, err);
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

/* A guest without a serial port, or with one that goes to a port of the host, has no such socket. */
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

/* The pipe of the supervisor before us, if there is one. */
static void find_copy(struct supervisor *s)
{
	CLEANUP_FREE char *path = path_join(s->inst->dir, QEMU_SERIAL_COPY);
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0)
		relay_attach(&s->relay, fd);
}

static int read_pin(const struct instance *inst, struct pin *ret, struct error *err)
{
	CLEANUP_FREE char *path = path_join(inst->dir, PIN_FILE), *text = NULL;

	if (!path_exists(path))
		return 0;
	return file_read(path, PIN_MAX, &text, NULL, err) < 0 ? -1 : pin_from_text(text, ret, err);
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
		instance_lose(s->inst, "it is not on its processors: %s", failure.msg);
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
int supervisor_start_machine(struct supervisor *s, struct error *err)
{
	CLEANUP_FREE char *crashed = supervisor_path(s, SUPERVISOR_CRASHED);
	CLEANUP_FREE char *serial = path_join(s->inst->dir, QEMU_SERIAL_SOCKET);

	(void)unlink(serial);
	instance_begin_losses(s->inst);
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
int supervisor_take_over(struct supervisor *s, struct error *err)
{
	CLEANUP_FREE char *path = supervisor_path(s, SUPERVISOR_PID), *text = NULL;
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
	find_copy(s);
	if (connect_control(s, err) < 0 || connect_serial(s, err) < 0 ||
	    qmp_command(&s->qmp, "cont", NULL, NULL, err) < 0)
		return error_wrap(err, "take over the running machine of '%s'", s->inst->name);
	s->started = monotonic_seconds();
	instance_log(s->inst, "taken over from a supervisor that is gone, process %d", (int)s->pid);
	return 0;
}
