/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_OLD_SYSTEM_H
#define REHOST_OLD_SYSTEM_H

/*
 * Systems that rehost carries and does not change: DOS, Windows 9x and NT 4, OS/2, QNX, the BSDs, and
 * what nobody knows. Their row of lib/families.def, and what their own settings say about the cards
 * of the old PC.
 */

#include "lib/disk_head.h"
#include "lib/family.h"
#include "lib/inspection.h"
#include "lib/nt_hal.h"

struct old_system {
	const struct guest_family *row;
	uint32_t heads, sectors;	/* that its disk was divided by; 0: not known */
	bool blaster;			/* a sound card of this kind is set up: SET BLASTER */
	uint64_t sound_port, sound_irq, sound_dma;
	uint64_t nic_port, nic_irq;	/* of an ISA network card, as its driver is told; 0: not known */
	bool idles;			/* a program makes it wait without spinning   */
	const struct nt_hal *hal;	/* of Windows NT; NULL: not known, or no such */
	bool multi;			/* its HAL and its kernel use all processors  */
};

/** old_system_files - paths of settings on FAT that are worth reading, % is the folder of Windows; ends with NULL */
extern const char *const old_system_files[];

/**
 * old_system_settings - read sys->tree: cards, drivers, addresses; what it finds is reported
 * @sys: sys->old is set
 */
void old_system_settings(struct inspected_system *sys);

/** old_system_note_row - what a person has to know of its family, as findings */
void old_system_note_row(struct inspected_system *sys);

/** old_system_model - what the row and the settings say that it drives */
void old_system_model(struct inspected_system *sys);

/** old_system_ticks - what its clock counts: pit, rtc, counter; NULL: not known */
const char *old_system_ticks(const struct old_system *old);

/**
 * old_system_take_family - the operator knows better what it is
 * @sys: what was found; it becomes a system of @row, whose settings are read anew
 * @err: ERR_REFUSED: @sys is one that is converted, not carried
 */
int old_system_take_family(struct inspected_system *sys, const struct guest_family *row, struct error *err);

/**
 * inspect_head - look for such a system on a volume that no inspector knows
 * @in:     gets the system if there is one
 * @fs:     the volume
 * @reader: its bytes
 */
void inspect_head(struct inspection *in, const struct inspected_fs *fs, const struct reader *reader);

/**
 * inspect_disk_head - the same for a whole disk, when nothing was found on any of its volumes
 * @disk: index of the disk
 */
void inspect_disk_head(struct inspection *in, size_t disk, const struct reader *reader);

#endif
