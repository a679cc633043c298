/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_ACCEL_H
#define REHOST_ACCEL_H

/*
 * Which accelerator QEMU can really use on this host.
 *
 * A /dev/kvm that opens is no proof: on some hosts QEMU, and libguestfs with it, aborts or hangs with
 * it, or KVM itself emulates, many times slower than QEMU. So a boot sector of nine bytes is run with
 * it under a deadline, and by emulation beside it; the answer is remembered until the next boot of
 * this host, for this user and this QEMU.
 */

#include "lib/base/error.h"

enum accel { ACCEL_TCG, ACCEL_KVM };

#define ACCEL_QEMU "qemu-system-x86_64"

enum { ACCEL_DEADLINE_MS = 5000 };	/* a host with working KVM needs well under one second */

/**
 * accel_probe - find the accelerator to use
 * @ret:     ACCEL_KVM if guest instructions really ran with it, else ACCEL_TCG
 * @ret_why: one phrase about why it is not KVM, or how it was proven; NULL if not wanted
 * @err:     ERR_NOT_FOUND if QEMU is not installed, ERR_INTERRUPTED
 */
int accel_probe(enum accel *ret, char **ret_why, struct error *err);

/** accel_forget - drop the remembered answer, so that the next probe runs again */
void accel_forget(void);

/** accel_name - "kvm" or "tcg", as QEMU's -accel takes it */
const char *accel_name(enum accel accel);

/** accel_slowdown - factor for deadlines that were chosen with hardware virtualization in mind */
unsigned int accel_slowdown(enum accel accel);

#endif
