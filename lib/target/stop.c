// SPDX-License-Identifier: GPL-2.0-or-later
/* Stopping a machine: the button or what stands for it, a time to wait, the plug. */
#include "config.h"

#include <poll.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/progress.h"
#include "lib/guest_stop.h"
#include "lib/target/stop.h"

enum { STEP_MS = 200 };

int stop_await_off(const struct stop_ops *ops, void *machine, double seconds, struct error *err)
{
	double deadline = monotonic_seconds() + seconds;
	struct pollfd wake = { .fd = interrupt_fd(), .events = POLLIN };

	for (;;) {
		int on = ops->is_on(machine, err);

		if (on <= 0)
			return on < 0 ? -1 : 1;
		if (monotonic_seconds() >= deadline)
			return 0;
		poll(&wake, 1, STEP_MS);
		if (interrupt_check(err) < 0)
			return -1;
	}
}

static int by_button(const struct stop_ops *ops, void *machine, unsigned int grace_s,
		     struct error *err)
{
	double deadline = monotonic_seconds() + grace_s;

	for (;;) {
		double left = deadline - monotonic_seconds();
		int off;

		if (left <= 0)
			return 0;
		ops->press(machine);
		off = stop_await_off(ops, machine, MIN(left, (double)STOP_PRESS_SECONDS), err);
		if (off)
			return off;
	}
}

/* Systems that know no power button: their document says what they have in its place. */
static int as_told(const struct stop_ops *ops, void *machine, const char *what, unsigned int grace_s,
		   struct error *err)
{
	struct guest_stop stop;

	guest_stop_in_place(what, grace_s, &stop);
	if (stop.keys && !ops->keys)
		return 0;
	if (stop.keys)
		ops->keys(machine, stop.keys);
	return stop.seconds ? stop_await_off(ops, machine, (double)stop.seconds, err) : 0;
}

int stop_machine(const struct stop_ops *ops, void *machine, const char *name,
		 const struct stop_request *how, enum stop_way *ret, struct error *err)
{
	int off = 0;

	*ret = STOP_GENTLE;
	if (how->grace_s && how->in_place)
		off = as_told(ops, machine, how->in_place, how->grace_s, err);
	else if (how->grace_s)
		off = by_button(ops, machine, how->grace_s, err);
	if (off)
		return MIN(off, 0);
	*ret = STOP_HARD;
	if (ops->pull(machine, err) < 0)
		return -1;
	off = stop_await_off(ops, machine, ops->off_seconds, err);
	return off ? MIN(off, 0) : error_set(err, ERR_TIMEOUT, "the machine of '%s' does not end", name);
}
