/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TYPIST_H
#define REHOST_TYPIST_H

/*
 * Types a passphrase when a machine waits for one: nothing comes from its serial port, and its disks
 * are quiet. Nobody can see the question itself, as it may be asked on the screen. A key that comes too
 * early holds a boot loader's menu for ever: before the first word on the serial port, where loaders are
 * silent and kernels are not, it is quiet only after a long time.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/strv.h"
#include "lib/qmp.h"

struct typist {
	const struct strv *words;	/* typed in turn; NULL or empty: never types      */
	size_t n_typed;			/* lines so far                                   */
	size_t serial_len;		/* what was there at the last tick        [bytes] */
	uint64_t disk_read;
	double busy_at, typed_at;	/* [s]                                            */
};

#define TYPIST_INIT { 0 }

/**
 * typist_due - is it time to type; to be asked about once a second
 * @t:          the typist
 * @serial_len: what came from the machine's serial port so far  [bytes]
 * @disk_read:  what it read from its disks so far               [bytes]
 * @now:        of a clock that never goes back, and stands while the machine waits for a processor of a
 *              busy host                                        [s]
 */
bool typist_due(struct typist *t, size_t serial_len, uint64_t disk_read, double now);

/**
 * typist_tick - look, and type if it waits; to be called about once a second
 * @q:   the machine
 * @err: as of qmp_command()
 *
 * The others as of typist_due().
 */
int typist_tick(struct typist *t, struct qmp *q, size_t serial_len, double now, struct error *err);

#endif
