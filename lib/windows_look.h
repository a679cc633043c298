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
 * windows_look_at_ntfs - was the system's file system closed?
 *
 * A journal that is open belongs to a suspended system, if it is one: then that is what is said.
 */
void windows_look_at_ntfs(const struct appliance *app, const struct inspection *in,
			  struct inspected_system *sys);

#endif
