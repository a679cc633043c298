/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_GUEST_STOP_H
#define REHOST_GUEST_STOP_H

/*
 * How a guest is stopped: by its power button, or by what a system without one has in its place. Whoever stops
 * a guest does it so: a command, and a supervisor on a host that goes down.
 */

#include <stdbool.h>

#include "lib/guest.h"

enum {
	STOP_PRESS_SECONDS = 20,	/* the button is pressed again: guests overlook one   */
	STOP_KEYS_SECONDS = 20,		/* after these a system starts anew, which is off     */
};

struct guest_stop {
	bool button;		/* it listens to its power button                                    */
	const char *keys;	/* "ctrl-alt-delete": in place of it; belongs to the guest; NULL     */
	unsigned int seconds;	/* how long it may take before it is switched off, 0: at once [s]    */
};

/** guest_stop_in_place - "off", "delay SECONDS", "keys a-b-c", as guest.xml says it; @grace_s: at most so long */
void guest_stop_in_place(const char *text, unsigned int grace_s, struct guest_stop *ret);

/** guest_stop_of - of a guest; one that listens to nothing is not waited for */
void guest_stop_of(const struct guest *g, unsigned int grace_s, struct guest_stop *ret);

/** guest_stop_text - what @g has in place of a power button, or NULL */
const char *guest_stop_text(const struct guest *g);

#endif
