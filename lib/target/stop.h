/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_STOP_H
#define REHOST_TARGET_STOP_H

/*
 * How a guest's machine is stopped: by its power button, pressed again from time to time; by what a
 * system without ACPI has in place of it (keys, or a while in which it is left alone); and hard, when
 * it has not gone off in the time given.
 */

#include <stdbool.h>

#include "lib/target/target.h"

/* What a hypervisor does; @machine is its own. */
struct stop_ops {
	/* 1: it is on, 0: it is off, -1: that cannot be told */
	int (*is_on)(void *machine, struct error *err);
	/* the power button; one that does not answer is switched off later */
	void (*press)(void *machine);
	/* "ctrl-alt-delete" on its keyboard, with a restart meaning off; NULL: it has no keyboard */
	void (*keys)(void *machine, const char *keys);
	/* the plug */
	int (*pull)(void *machine, struct error *err);
	double off_seconds;	/* how long pulling may take */
};

/**
 * stop_machine - stop a machine that is on
 * @name: of the guest
 * @how:  what it has in place of a button, and how long that may take
 * @ret:  STOP_GENTLE or STOP_HARD, also on failure
 * @err:  ERR_TIMEOUT: it does not even end when the plug is pulled
 */
int stop_machine(const struct stop_ops *ops, void *machine, const char *name,
		 const struct stop_request *how, enum stop_way *ret, struct error *err);

/** stop_await_off - 1: it is off, 0: still on after @seconds, -1 on error */
int stop_await_off(const struct stop_ops *ops, void *machine, double seconds, struct error *err);

#endif
