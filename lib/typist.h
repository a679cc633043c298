/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TYPIST_H
#define REHOST_TYPIST_H

/*
 * Types a passphrase when a machine waits for one: nothing comes from its serial port, and its disks
 * are quiet. Nobody can see the question itself, as it may be asked on the screen.
 */

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
 * typist_tick - look, and type if it waits; to be called about once a second
 * @t:          the typist
 * @q:          the machine
 * @serial_len: what came from its serial port so far            [bytes]
 * @now:        of a clock that never goes back                  [s]
 * @err:        as of qmp_command()
 */
int typist_tick(struct typist *t, struct qmp *q, size_t serial_len, double now, struct error *err);

#endif
