/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TRIAL_MACHINE_H
#define REHOST_TRIAL_MACHINE_H

/*
 * The machine on which a guest is tried: its own, but for devices that only its hypervisor has. Xen shows a disk to
 * the firmware as IDE and lets a system go over to Xen's own driver (xl-disk-configuration(5)); without Xen the
 * system stays on IDE, and on a card of the commonest kind.
 */

#include "lib/guest.h"

/**
 * trial_machine - the guest with the devices that it is tried with
 * @ret: all but its devices is shared with @g, which has to outlive it; nothing of it is freed
 *
 * Return: has one of them another value than @g's?
 */
bool trial_machine(const struct guest *g, struct guest *ret);

#endif
