// SPDX-License-Identifier: GPL-2.0-or-later
/* Ask the agent of a guest whether it is there. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/agent.h"
#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/progress.h"
#include "lib/base/unix_socket.h"

enum { ANSWER_MAX = 4096 };	/* more without an answer in it is noise [bytes] */

/* 1: there is more in @buf, 0: not in time, or QEMU has closed it */
static int receive(int fd, char *buf, size_t *len, double deadline, struct error *err)
{
	struct pollfd fds[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = interrupt_fd(), .events = POLLIN },
	};
	double left = deadline - monotonic_seconds();
	ssize_t got;

	if (left <= 0 || *len == ANSWER_MAX)
		return 0;
	if (poll(fds, 2, (int)(left * 1000) + 1) < 0 && errno != EINTR)
		return error_sys(err, errno, "wait for the agent");
	if (interrupt_check(err) < 0)
		return -1;
	if (!fds[0].revents)
		return 0;
	got = read(fd, buf + *len, ANSWER_MAX - *len);
	if (got <= 0)
		return 0;
	*len += (size_t)got;
	buf[*len] = '\0';
	return 1;
}

/* Answers to questions that nobody waited for any more are as good. */
static bool is_answer(const char *buf)
{
	return strstr(buf, "\"return\"") && strchr(buf, '\n');
}

int agent_answers(const char *path, struct error *err)
{
	static const char ping[] = AGENT_PING "\n";
	double deadline = monotonic_seconds() + AGENT_MS / 1000.0;
	CLEANUP_CLOSE int fd = unix_connect(path, NULL);
	char buf[ANSWER_MAX + 1] = "";
	size_t len = 0;
	int rc = 1;

	/* the port is open in QEMU whether somebody listens in the guest or not */
	if (fd < 0 || send(fd, ping, strlen(ping), MSG_NOSIGNAL) < 0)
		return 0;
	while (rc > 0 && !is_answer(buf))
		rc = receive(fd, buf, &len, deadline, err);
	return rc;
}
