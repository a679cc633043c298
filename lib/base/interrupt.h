/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_INTERRUPT_H
#define REHOST_BASE_INTERRUPT_H

/*
 * Ctrl-C and termination signals.
 *
 * The handler only takes note and passes the signal on to the children that are registered. Long
 * loops ask interrupt_check() and leave through their ordinary error path, which removes what is
 * half done. A second signal does not wait any more.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/error.h"

enum { INTERRUPT_MAX_CHILDREN = 64 };

/** interrupt_install - take over SIGINT, SIGTERM and SIGHUP, ignore SIGPIPE; once, from main() */
void interrupt_install(void);

/** interrupted - has a signal arrived? */
bool interrupted(void);

/** interrupt_check - 0, or -1 with ERR_INTERRUPTED once a signal has arrived */
int interrupt_check(struct error *err);

/** interrupt_fd - readable once a signal has arrived, for poll(); -1 before interrupt_install() */
int interrupt_fd(void);

/** interrupt_add_child - send SIGTERM to @pid when a signal arrives */
void interrupt_add_child(pid_t pid);

/** interrupt_remove_child - @pid is gone */
void interrupt_remove_child(pid_t pid);

/**
 * interrupt_all_children - send SIGTERM to every child of the main thread when a signal arrives
 * @on: from now on, or no longer
 *
 * For a library that starts programs itself and does not say which; it is repeated every second,
 * because such a library may go on with its next program.
 */
void interrupt_all_children(bool on);

/** interrupt_exit_status - 128 + number of the signal, as a shell reports it */
int interrupt_exit_status(void);

#endif
