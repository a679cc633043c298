/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_QEMU_LEGACY_H
#define REHOST_QEMU_LEGACY_H

/* The part of lib/qemu_machine.h for systems of one kind of PC, and for hypervisors that start QEMU themselves. */

#include "lib/qemu_devices.h"

/** qemu_legacy_machine - further options of -machine, "" if there are none */
const char *qemu_legacy_machine(const struct guest *g);

/**
 * qemu_legacy_counts_ticks - does its clock go wrong by each tick that it does not get?
 *
 * Where that is not known, Windows and DOS do, which keep local time.
 */
bool qemu_legacy_counts_ticks(const struct guest *g);

/** qemu_legacy_geometry - ",lcyls=…" for disk @i, or ""; to be freed */
char *qemu_legacy_geometry(const struct guest *g, size_t i);

/* Where a card on the ISA bus is. */
struct qemu_isa_place {
	uint64_t port, irq;
};

/** qemu_isa_nic - an ISA network card: where its driver in the guest is set to, else where it came from the factory */
struct qemu_isa_place qemu_isa_nic(const struct guest_nic *n);

/** qemu_isa_sound - the same of a Sound Blaster */
struct qemu_isa_place qemu_isa_sound(const struct guest_legacy *l);

/** qemu_add_legacy - printer ports, sound card, floppy drive */
int qemu_add_legacy(const struct guest *g, const struct partition *p, enum qemu_run run,
		    const char *bus, struct strv *ret, struct error *err);

/**
 * qemu_legacy_plain_geometry - is the geometry one that a BIOS hands on untranslated, as the drive tells it?
 *
 * A hypervisor that can only tell the drive's own geometry can give these.
 */
bool qemu_legacy_plain_geometry(const struct guest_disk *d);

/**
 * qemu_legacy_check_ne2k - an ISA network card stays where QEMU puts it: findings where the guest has it elsewhere
 * @who: the hypervisor that starts QEMU and has no option for it: "Xen"
 */
void qemu_legacy_check_ne2k(const struct guest *g, const char *who, struct report *ret);

#endif
