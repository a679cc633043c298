// SPDX-License-Identifier: GPL-2.0-or-later
/* Start a program, wait for it with a deadline, report its last words. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/interrupt.h"

extern char **environ;

enum { CHILD_GRACE_MS = 2000 };	/* between SIGTERM and SIGKILL */

/* First executable called @name in a list of folders, or NULL. */
static char *find_in(const char *folders, const char *name)
{
	while (*folders) {
		size_t len = strcspn(folders, ":");
		CLEANUP_FREE char *file = xasprintf("%.*s/%s", (int)len, folders, name);

		if (access(file, X_OK) == 0)
			return STEAL(file);
		folders += len + (folders[len] == ':');
	}
	return NULL;
}

char *child_find(const char *name)
{
	const char *path = getenv("PATH");
	char *found;

	if (strchr(name, '/'))
		return access(name, X_OK) == 0 ? xstrdup(name) : NULL;
	found = find_in(path ? path : "/usr/local/bin:/usr/bin:/bin", name);
	/* depmod and others lie where an ordinary user's PATH does not lead */
	return found ? found : find_in("/usr/local/sbin:/usr/sbin:/sbin", name);
}

static int keep_open(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags < 0 ? -1 : fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC);
}

static int become_user(const struct child_user *u)
{
	return setgroups(u->n_groups, u->groups) < 0 || setresgid(u->gid, u->gid, u->gid) < 0 ||
			       setresuid(u->uid, u->uid, u->uid) < 0 ||
			       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -1 : 0;
}

/* Runs in the child: nothing here may allocate. */
static void become(const char *file, char *const *argv, const struct child_io *io, int in, int out,
		   int err_fd, pid_t parent)
{
	sigset_t none;

	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (io->outlive) {
		if (setsid() < 0)
			_exit(127);
	} else if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent) {
		_exit(127);
	}
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err_fd, 2) < 0)
		_exit(127);
	for (size_t i = 0; i < io->n_keep; i++)
		if (keep_open(io->keep[i]) < 0)
			_exit(127);
	if (io->dir && chdir(io->dir) < 0)
		_exit(127);
	if (io->user && become_user(io->user) < 0)
		_exit(127);
	execve(file, argv, environ);
	_exit(127);
}

static int open_memory(const char *name, struct error *err)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	/* Keep 0, 1 and 2 free: dup2() onto them must not hit one of our own. */
	if (fd >= 0 && fd <= 2) {
		int high = fcntl(fd, F_DUPFD_CLOEXEC, 3);

		close(fd);
		fd = high;
	}
	if (fd < 0)
		return error_sys(err, errno, "create a buffer");
	return fd;
}

int child_start(const char *const *argv, const struct child_io *io, struct child *ret,
		struct error *err)
{
	static const struct child_io defaults = CHILD_IO_INIT;
	CLEANUP_FREE char *file = child_find(argv[0]);
	CLEANUP_CLOSE int null_fd = -1;
	struct child child CLEANUP_CHILD = CHILD_INIT;
	pid_t parent = getpid();

	if (!io)
		io = &defaults;
	if (!file) {
		error_set(err, ERR_NOT_FOUND, "program '%s' is not installed", argv[0]);
		return error_hint(err, "run 'rehost doctor' to see which package has it");
	}
	child.name = xstrdup(argv[0]);
	child.err_fd = open_memory("stderr", err);
	child.out_fd = io->out < 0 ? open_memory("stdout", err) : -1;
	if (child.err_fd < 0 || (io->out < 0 && child.out_fd < 0))
		return -1;
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null_fd < 0)
		return error_sys(err, errno, "open '/dev/null'");
	setenv("LC_ALL", "C", 1);
	child.pid = fork();
	if (child.pid < 0) {
		child.pid = 0;
		return error_sys(err, errno, "start '%s'", argv[0]);
	}
	if (child.pid == 0)
		become(file, (char *const *)argv, io, io->in < 0 ? null_fd : io->in,
		       io->out < 0 ? child.out_fd : io->out, child.err_fd, parent);
	if (!io->outlive)
		interrupt_add_child(child.pid);
	child.pid_fd = (int)syscall(SYS_pidfd_open, child.pid, 0);
	*ret = child;
	child = (struct child)CHILD_INIT;
	return 0;
}

static char *read_memory(int fd, size_t max)
{
	struct stat st;
	size_t len;
	char *text;
	ssize_t got;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size <= 0)
		return xstrdup("");
	len = MIN((size_t)st.st_size, max);
	text = xcalloc(len + 1, 1);
	got = pread(fd, text, len, 0);
	text[got < 0 ? 0 : got] = '\0';
	return text;
}

char *child_output(const struct child *child)
{
	return read_memory(child->out_fd, CHILD_OUTPUT_MAX);
}

char *child_errors(const struct child *child)
{
	return read_memory(child->err_fd, CHILD_OUTPUT_MAX);
}

char *child_complaint(const struct child *child)
{
	CLEANUP_FREE char *text = child_errors(child);
	size_t len = strlen(text);
	char *line;

	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		text[--len] = '\0';
	line = strrchr(text, '\n');
	return xstrdup(line ? line + 1 : text);
}

static bool has_ended(const struct child *child)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	       info.si_pid != 0;
}

/*
 * Until the child ends, @wake_fd (or -1) can be read, or @timeout_ms is over. Kernels before 5.3 have
 * no pidfd.
 */
static int poll_child(const struct child *child, int wake_fd, int timeout_ms)
{
	enum { STEP_MS = 20 };
	struct pollfd fds[2] = {
		{ .fd = wake_fd, .events = POLLIN },
		{ .fd = child->pid_fd, .events = POLLIN },
	};
	int left = timeout_ms, n = 0;

	if (child->pid_fd >= 0)
		return poll(fds, 2, timeout_ms);
	while (n == 0 && !has_ended(child)) {
		if (left == 0)
			return 0;
		n = poll(fds, 1, left > 0 ? MIN(left, (int)STEP_MS) : STEP_MS);
		left = left > STEP_MS ? left - STEP_MS : left > 0 ? 0 : left;
	}
	return n < 0 ? n : 1;
}

static int await_end(const struct child *child, int timeout_ms, struct error *err)
{
	int n;

	do {
		n = poll_child(child, interrupt_fd(), timeout_ms);
	} while (n < 0 && errno == EINTR && !interrupted());
	if (interrupt_check(err) < 0)
		return -1;
	if (n < 0)
		return error_sys(err, errno, "wait for '%s'", child->name);
	if (n == 0)
		return error_set(err, ERR_TIMEOUT, "%s did not end in time", child->name);
	return 0;
}

static int complain(const struct child *child, int status, struct error *err)
{
	CLEANUP_FREE char *last = child_complaint(child);

	if (status > 128)
		return error_set(err, ERR_CHILD, "%s was ended by signal %d%s%s", child->name,
				 status - 128, *last ? ": " : "", last);
	return error_set(err, ERR_CHILD, "%s failed with status %d%s%s", child->name, status,
			 *last ? ": " : "", last);
}

int child_wait(struct child *child, int timeout_ms, int *ret_status, struct error *err)
{
	int raw = 0, status;

	if (await_end(child, timeout_ms, err) < 0)
		return -1;
	while (waitpid(child->pid, &raw, 0) < 0)
		if (errno != EINTR)
			return error_sys(err, errno, "wait for '%s'", child->name);
	interrupt_remove_child(child->pid);
	child->pid = 0;
	status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
	if (interrupt_check(err) < 0)
		return -1;
	if (ret_status)
		*ret_status = status;
	else if (status)
		return complain(child, status, err);
	return 0;
}

static void end_now(struct child *child)
{
	kill(child->pid, SIGTERM);
	if (poll_child(child, -1, CHILD_GRACE_MS) <= 0 || !has_ended(child))
		kill(child->pid, SIGKILL);
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		;
	interrupt_remove_child(child->pid);
}

void child_stop(struct child *child)
{
	if (child->pid > 0)
		end_now(child);
	cleanup_close(&child->pid_fd);
	cleanup_close(&child->out_fd);
	cleanup_close(&child->err_fd);
	free(child->name);
	*child = (struct child)CHILD_INIT;
}

void child_detach(struct child *child)
{
	child->pid = 0;
	child_stop(child);
}

int child_run(const char *const *argv, char **ret_out, struct error *err)
{
	struct child child CLEANUP_CHILD = CHILD_INIT;

	if (child_start(argv, NULL, &child, err) < 0 ||
	    child_wait(&child, CHILD_NO_TIMEOUT, NULL, err) < 0)
		return -1;
	if (ret_out)
		*ret_out = child_output(&child);
	return 0;
}
