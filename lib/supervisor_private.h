/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_SUPERVISOR_PRIVATE_H
#define REHOST_SUPERVISOR_PRIVATE_H

/* What the parts of the supervisor share. */

#include <sys/types.h>

#include "lib/base/child.h"
#include "lib/instance.h"
#include "lib/qmp.h"
#include "lib/relay.h"

struct supervisor {
	const struct instance *inst;
	int watch_lock, machine_lock;
	int signals;		/* signalfd */
	struct relay relay;
	struct child child;	/* pid 0 when the machine was taken over */
	int pid_fd;		/* of the machine */
	pid_t pid;
	struct qmp qmp;
	char *reason;		/* of the last SHUTDOWN event, or NULL */
	double started;
	double deadline;	/* we were told to end: when to lose patience; 0: not told */
	double press;		/* when its power button is pressed again; 0: never        */
	unsigned int crashes;
};

/** supervisor_path - a file of the run folder; the caller frees it */
char *supervisor_path(const struct supervisor *s, const char *name);

/** supervisor_write_pid - a process's number in a file of the run folder */
int supervisor_write_pid(const struct supervisor *s, const char *name, pid_t pid,
			 struct error *err);

/** supervisor_start_machine - QEMU, pinned, listened to; the guest's first instruction runs last */
int supervisor_start_machine(struct supervisor *s, struct error *err);

/** supervisor_take_over - the machine of a supervisor that was killed */
int supervisor_take_over(struct supervisor *s, struct error *err);

/** supervisor_watch - until the machine is gone; signals press its power button */
int supervisor_watch(struct supervisor *s, struct error *err);

#endif
