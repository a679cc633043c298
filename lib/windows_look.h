/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_WINDOWS_LOOK_H
#define REHOST_WINDOWS_LOOK_H

/* Parts of lib/inspect_windows.c: what must be right on the disk before anything is changed. */

#include "lib/windows.h"

/* Subject of the findings about a suspended system: the user can decide to discard it. */
#define WINDOWS_HIBERNATION "hibernation"

/* Where UEFI's boot manager and its settings lie on an ESP. */
#define WINDOWS_EFI_MANAGER "efi/microsoft/boot/bootmgfw.efi"
#define WINDOWS_EFI_BCD "efi/microsoft/boot/bcd"

/** windows_note_starters - what can start a Windows from this volume, which is mounted */
void windows_note_starters(const struct appliance *app, struct inspected_fs *fs);

/** windows_look_at_files - a suspended system, encrypted folders; the system's root is mounted */
void windows_look_at_files(const struct appliance *app, struct inspected_system *sys);

/**
 * windows_look_at_volumes - dirty file systems, dynamic disks, BitLocker, boot loaders, drive letters
 *
 * Nothing is mounted before and after.
 */
int windows_look_at_volumes(const struct appliance *app, const struct inspection *in,
			    struct inspected_system *sys, struct error *err);

/**
 * ntfs_is_dirty - was a volume not unmounted? 1 yes, 0 no, -1 it cannot be told
 * @boot: its first sector
 * @read: gives @len bytes at @at; 0 or -1
 */
int ntfs_is_dirty(const uint8_t boot[512],
		  int (*read)(void *opaque, uint64_t at, void *buf, size_t len), void *opaque);

#endif
