/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_FAMILY_H
#define REHOST_FAMILY_H

/*
 * What systems from before their drivers could be looked up drive out of the box: a table of facts,
 * lib/families.def, each row with its source. osinfo-db knows names and dates of such systems, but
 * none of their devices.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/machine_model.h"

struct guest_family {
	const char *id;		/* msdos, win95, os2-4: what the recognition says     */
	const char *family;	/* dos, windows-9x, …: the converter                  */
	const char *name;	/* for people                                         */
	const char *disk, *nic, *display, *input;	/* names of values, by blanks; the first is
							 * the best                               */
	bool geometry;		/* wants the disk's heads and sectors as they were    */
	bool acpi;		/* can be shown the tables of ACPI                    */
	bool spins;		/* waits by running in circles                        */
	bool localtime;		/* its clock runs in local time                       */
	const char *cpu;	/* newest processor that it is known to bear: a model of QEMU */
	const char *sound;	/* sb16, es1370, ac97, none                           */
	uint32_t memory_min, memory_max;	/* [MiB] */
	uint32_t vcpus;		/* most processors that it uses                       */
	const char *stop;	/* off, "delay 20", "keys ctrl-alt-delete"            */
	const char *note;	/* what a person has to know, or ""                   */
	const char *source;	/* of these facts                                     */
	/* where they are known: */
	uint32_t mhz_max;	/* processors that are faster stop it at its start; 0: none known [MHz] */
	const char *osinfo;	/* short id in osinfo-db                              */
	const char *support_ended;	/* by its maker: 2001-12-31                   */
	const char *disk_access;	/* int13-chs, int13-lba, own                  */
	const char *isa;	/* how it knows a card on this bus: told, pnp         */
	const char *ticks;	/* what its clock counts: pit, rtc, "pit or rtc", counter */
	const char *hal;	/* of Windows NT: HALs that start on a virtual PC, by blanks */
	const char *access_source;	/* of these four, or ""                       */
};

extern const struct guest_family guest_families[];
extern const size_t n_guest_families;

/** guest_family_find - the row of an id, or NULL */
const struct guest_family *guest_family_find(const char *id);

/** guest_family_from_option - the row of an id that a person gave; ERR_USAGE with all ids as hint */
const struct guest_family *guest_family_from_option(const char *id, struct error *err);

enum { GUEST_FAMILY_LAST_RESORT = 254 };	/* cost of going without a card, a screen, a serial port */

/** guest_family_model - what a system of the row drives with what it brings */
void guest_family_model(const struct guest_family *row, struct machine_model *ret);

/** guest_family_values - a list of names as values of a model; those it does not know are left out */
void guest_family_values(const char *names, enum model_dim dim, struct machine_model *ret);

#endif
