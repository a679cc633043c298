/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_QEMU_DEVICES_H
#define REHOST_QEMU_DEVICES_H

/* The device half of lib/qemu_machine.h; used by that alone. */

#include "lib/qemu_machine.h"

/** qemu_add_devices - display, input, disks, network cards and ports at their fixed addresses */
int qemu_add_devices(const struct guest *g, const struct partition *p, enum qemu_run run,
		     struct strv *ret, struct error *err);

/** qemu_escape - @value inside "key=value,…": commas doubled, control characters replaced */
char *qemu_escape(const char *value);

#endif
