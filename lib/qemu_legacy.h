/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_QEMU_LEGACY_H
#define REHOST_QEMU_LEGACY_H

/* The part of lib/qemu_machine.h for systems of one kind of PC; used by that alone. */

#include "lib/qemu_devices.h"

/** qemu_legacy_machine - further options of -machine, "" if there are none */
const char *qemu_legacy_machine(const struct guest *g);

/** qemu_legacy_geometry - ",lcyls=…" for disk @i, or ""; to be freed */
char *qemu_legacy_geometry(const struct guest *g, size_t i);

/** qemu_add_legacy - printer ports, sound card, floppy drive */
int qemu_add_legacy(const struct guest *g, const struct partition *p, enum qemu_run run,
		    const char *bus, struct strv *ret, struct error *err);

#endif
