// SPDX-License-Identifier: GPL-2.0-or-later
/* Watch a machine: its serial port, its events, its end, and what we are told meanwhile. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/progress.h"
#include "lib/supervisor.h"
#include "lib/supervisor_private.h"

enum { QUIT_MS = 5000 };	/* for QEMU to end after it was told to */

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
int supervisor_watch(struct supervisor *s, struct error *err)
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
