/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_NT_HAL_H
#define REHOST_NT_HAL_H

/*
 * Windows NT 3.x and 4.0 by what its own files say: which kernel, and which hardware abstraction layer. That
 * decides on which machine it starts at all, by which timer its clock runs, and how many processors it uses.
 */

#include <stdbool.h>
#include <stddef.h>

struct inspected_system;

/* One that Windows NT came with: lib/nt_hals.def. */
struct nt_hal {
	const char *file, *name, *machine;
	const char *ticks;	/* pit, rtc; NULL: not known     */
	bool multi;		/* for more than one processor   */
};

/**
 * nt_version_text - a text of the version resource of a program
 * @data: the whole file, any bytes
 * @key:  "ProductVersion", "OriginalFilename"
 *
 * Return: its value, printable ASCII, to be freed; NULL: it has none.
 */
char *nt_version_text(const char *data, size_t len, const char *key);

/** nt_kernel_is_multi - is this ntoskrnl.exe the kernel for several processors, ntkrnlmp.exe on the CD? */
bool nt_kernel_is_multi(const char *data, size_t len);

/** nt_hal_of - which one a file is, by its name in it, else by what its version resource says; NULL: none of them */
const struct nt_hal *nt_hal_of(const char *data, size_t len);

/**
 * nt_boot_entry - the first entry of BOOT.INI for a folder
 * @boot_ini: its text, or NULL
 * @folder:   its name: WINNT
 *
 * Return: what stands behind the equals sign, up to the end of the line; NULL: there is none.
 */
const char *nt_boot_entry(const char *boot_ini, const char *folder);

/** nt_hal_file - the file in system32 that an entry loads as HAL: hal.dll or what /HAL= names; to be freed */
char *nt_hal_file(const char *entry);

/**
 * nt_hal_judge - say which HAL a system has; one that does not start on a virtual PC is an error
 * @sys:   of Windows NT; sys->old gets it
 * @path:  of the file
 * @data:  all of it; NULL: it could not be read
 * @multi: its kernel is the one for several processors
 */
void nt_hal_judge(struct inspected_system *sys, const char *path, const char *data, size_t len, bool multi);

#endif
