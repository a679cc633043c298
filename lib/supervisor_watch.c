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
#include "lib/guest_stop.h"
#include "lib/keyboard.h"
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

static void tell(struct supervisor *s, const char *command, struct json_object *args)
{
	if (s->qmp.fd >= 0)
		qmp_command(&s->qmp, command, args, NULL, NULL);
	else
		json_object_put(args);
}

static void press_power_button(struct supervisor *s)
{
	tell(s, "system_powerdown", NULL);
	s->press = monotonic_seconds() + STOP_PRESS_SECONDS;
}

/* What such keys end is to stay ended, where the PC would start anew. */
static void press_keys(struct supervisor *s, const char *names)
{
	struct json_object *args = json_object_new_object();

	json_object_object_add(args, "reboot", json_object_new_string("shutdown"));
	tell(s, "set-action", args);
	tell(s, "send-key", keyboard_chord(names));
}

/* As the guest's document says; one that cannot be read any more has its button. */
static void begin_end(struct supervisor *s)
{
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	struct guest_stop stop = { .button = true, .seconds = SUPERVISOR_GRACE };

	if (instance_guest(s->inst, &g, NULL) == 0)
		guest_stop_of(&g, SUPERVISOR_GRACE, &stop);
	s->deadline = monotonic_seconds() + stop.seconds;
	instance_log(s->inst, "told to end: %s", stop.keys ? stop.keys : stop.button ? "the power button is pressed"
			      : stop.seconds ? "it is left alone for a while" : "nothing in it listens");
	if (stop.keys)
		press_keys(s, stop.keys);
	else if (stop.button)
		press_power_button(s);
}

static void take_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) > 0) {
		if (s->deadline)	/* told twice: do not wait any more */
			s->deadline = monotonic_seconds();
		else
			begin_end(s);
	}
}

static void switch_off(struct supervisor *s)
{
	struct pollfd gone = { .fd = s->pid_fd, .events = POLLIN };

	instance_log(s->inst, "it did not end by itself: switched off");
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
			left = QUIT_MS / 1000;
			s->deadline = monotonic_seconds() + left;
			s->press = 0;
		}
		if (s->press && monotonic_seconds() >= s->press)
			press_power_button(s);
		if (s->press)
			left = MIN(left, s->press - monotonic_seconds());
		if (poll(fds, RELAY + n, (int)(left * 1000) + 1) < 0) {
			if (errno == EINTR)
				continue;
			return error_sys(err, errno, "wait for the machine");
		}
		relay_handle(&s->relay, fds + RELAY, n);
		if (fds[CONTROL].revents)
			drain_events(s);
		if (fds[SIGNALS].revents)
			take_signals(s);
		if (fds[GONE].revents) {
			drain_events(s);
			return 0;
		}
	}
}
