/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_SUPERVISOR_H
#define REHOST_SUPERVISOR_H

/*
 * The process that keeps one guest running in QEMU: starts it, reads its serial port, starts it
 * again when it crashes, and presses its power button when it is told to end itself. QEMU runs in a
 * session of its own and survives the supervisor; the next supervisor takes it over.
 */

#include "lib/base/error.h"
#include "lib/instance.h"

#define SUPERVISOR_CONSOLE "console.sock"	/* in the run folder: clients of the serial port */
#define SUPERVISOR_READY "supervisor.pid"	/* in the run folder: written when the guest runs */
#define SUPERVISOR_PID "qemu.pid"		/* in the run folder: valid while it is locked   */
#define SUPERVISOR_CRASHED "crashed"		/* in the run folder: why it is down             */

enum {
	SUPERVISOR_RESTARTS = 5,	/* in a row, then it stays down                     */
	SUPERVISOR_CALM_SECONDS = 600,	/* a machine that ran so long starts a new row  [s] */
	SUPERVISOR_GRACE = 90,		/* for the power button when we are told to end [s] */
};

/**
 * supervisor_run - keep a guest running until it is switched off
 * @inst: its current release has the file qemu.args
 * @err:  ERR_BUSY if it has a supervisor already; ERR_CHILD if it crashed too often
 *
 * SIGTERM, SIGINT and SIGHUP stop the guest as its document says (lib/guest_stop.h), then hard.
 *
 * Return: 0 when the guest switched itself off or was stopped.
 */
int supervisor_run(const struct instance *inst, struct error *err);

/** supervisor_ended - write down why one ended with an error */
void supervisor_ended(const struct instance *inst, const struct error *why);

/** supervisor_last_words - what was written down last, if that was it, or NULL; the caller frees it */
char *supervisor_last_words(const struct instance *inst);

#endif
