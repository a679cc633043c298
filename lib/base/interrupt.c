// SPDX-License-Identifier: GPL-2.0-or-later
/* Ctrl-C: note it, wake whoever polls, end our children. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "lib/base/interrupt.h"

static volatile sig_atomic_t caught;
static volatile pid_t children[INTERRUPT_MAX_CHILDREN];
static int wake_pipe[2] = { -1, -1 };

static void on_signal(int sig)
{
	int saved = errno;

	if (caught)
		_exit(128 + sig);
	caught = sig;
	for (size_t i = 0; i < INTERRUPT_MAX_CHILDREN; i++)
		if (children[i] > 0)
			kill(children[i], SIGTERM);
	if (wake_pipe[1] >= 0 && write(wake_pipe[1], "", 1) < 0) {
		/* the pipe is full: somebody is being woken already */
	}
	errno = saved;
}

void interrupt_install(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
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
	signal(SIGPIPE, SIG_IGN);
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

int interrupt_exit_status(void)
{
	return 128 + caught;
}
