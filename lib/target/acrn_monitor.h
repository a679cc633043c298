/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_ACRN_MONITOR_H
#define REHOST_TARGET_ACRN_MONITOR_H

/*
 * The monitor socket of a running acrn-dm: /run/acrn/mngr/NAME.monitor.PID.socket. A message is
 * 280 bytes in the form of the machine: the word "mngr msg" as a number, what is wanted, a time, and
 * 256 bytes of which requests and answers use the first four or eight.
 *
 * Source: ACRN, acrn_mngr.h: struct mngr_msg, enum dm_msgid.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"

#define ACRN_MONITOR_DIR "/run/acrn/mngr"

enum acrn_state { ACRN_STATE_OFF, ACRN_STATE_RUNS, ACRN_STATE_SUSPENDED, ACRN_STATE_ENDS };

/**
 * acrn_monitor_find - the socket of a virtual machine, if somebody listens there
 * @dir:      ACRN_MONITOR_DIR
 * @name:     of the virtual machine
 * @ret_path: the socket, NULL: it does not run; the caller frees it
 * @ret_pid:  of acrn-dm, as the socket's name says
 * @err:      the folder could not be read; one that is not there is none
 */
int acrn_monitor_find(const char *dir, const char *name, char **ret_path, int *ret_pid,
		      struct error *err);

/**
 * acrn_monitor_sweep - take away what an acrn-dm that was killed left behind
 * @dir:  ACRN_MONITOR_DIR
 * @name: of the virtual machine
 *
 * acrnctl calls a machine started as long as there is such a file, and does not start it again. Only
 * sockets of processes that are gone are removed.
 *
 * Return: true if one is left that nobody listens at: an acrn-dm that is about to end, or to begin.
 */
bool acrn_monitor_sweep(const char *dir, const char *name);

/** acrn_monitor_query - what it does now; a machine that ends while it is asked is off */
int acrn_monitor_query(const char *path, enum acrn_state *ret, struct error *err);

/**
 * acrn_monitor_stop - press the power button, or switch off
 * @path:  of acrn_monitor_find()
 * @force: switch off
 * @err:   ERR_CHILD if acrn-dm says no
 */
int acrn_monitor_stop(const char *path, bool force, struct error *err);

#endif
