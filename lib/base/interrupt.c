// SPDX-License-Identifier: GPL-2.0-or-later
/* Ctrl-C: note it, wake whoever polls, end our children. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/interrupt.h"

static volatile sig_atomic_t caught;
static volatile pid_t children[INTERRUPT_MAX_CHILDREN];
static volatile sig_atomic_t all_children;
static char children_path[64];
static int wake_pipe[2] = { -1, -1 };

/* In a signal handler: nothing but system calls. Without this file of Linux nobody is ended. */
static void end_all_children(void)
{
	char text[4096];
	int fd = open(children_path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof(text));
	pid_t pid = 0;

	if (fd >= 0)
		close(fd);
	for (ssize_t i = 0; i < len; i++) {
		if (text[i] >= '0' && text[i] <= '9') {
			pid = pid * 10 + (text[i] - '0');
		} else {
			if (pid > 0)
				kill(pid, SIGTERM);
			pid = 0;
		}
	}
}

/* Whoever started them may go on and start the next one. */
static void on_alarm(int sig)
{
	int saved = errno;

	(void)sig;
	if (all_children) {
		end_all_children();
		alarm(1);
	}
	errno = saved;
}

static void on_signal(int sig)
{
	int saved = errno;

	if (caught)
		_exit(128 + sig);
	caught = sig;
	for (size_t i = 0; i < INTERRUPT_MAX_CHILDREN; i++)
		if (children[i] > 0)
			kill(children[i], SIGTERM);
	on_alarm(SIGALRM);
	if (wake_pipe[1] >= 0 && write(wake_pipe[1], "", 1) < 0) {
		/* the pipe is full: somebody is being woken already */
	}
	errno = saved;
}

void interrupt_install(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct sigaction tick = { .sa_handler = on_alarm };
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

	if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		wake_pipe[0] = wake_pipe[1] = -1;
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct sigaction old;

		/* nohup(1) asked for SIGHUP to be ignored: keep it so */
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN)
			continue;
		sigaction(signals[i], &sa, NULL);
	}
	sigemptyset(&tick.sa_mask);
	sigaction(SIGALRM, &tick, NULL);
	signal(SIGPIPE, SIG_IGN);
	snprintf(children_path, sizeof(children_path), "/proc/%d/task/%d/children", (int)getpid(),
		 (int)getpid());
}

bool interrupted(void)
{
	return caught != 0;
}

int interrupt_check(struct error *err)
{
	if (!caught)
		return 0;
	return error_set(err, ERR_INTERRUPTED, "interrupted");
}

int interrupt_fd(void)
{
	return wake_pipe[0];
}

void interrupt_add_child(pid_t pid)
{
	for (size_t i = 0; i < INTERRUPT_MAX_CHILDREN; i++) {
		pid_t empty = 0;

		if (__atomic_compare_exchange_n(&children[i], &empty, pid, false,
						__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return;
	}
}

void interrupt_remove_child(pid_t pid)
{
	for (size_t i = 0; i < INTERRUPT_MAX_CHILDREN; i++)
		if (children[i] == pid)
			children[i] = 0;
}

void interrupt_all_children(bool on)
{
	all_children = on;
	if (!on)
		alarm(0);
}

int interrupt_exit_status(void)
{
	return 128 + caught;
}
