/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_WINDOWS_FOLDER_H
#define REHOST_WINDOWS_FOLDER_H

/* Where Windows 3.x, 95, 98 or Me lies on the FAT volume that it starts from. */

#include <stdbool.h>

#include "lib/fatfs.h"

struct windows_folder {
	char *path;		/* WINDOWS, WIN95, PROGS/WIN; NULL: not on this volume         */
	bool paths;		/* MSDOS.SYS is the text of Windows 95 to Me: it has [Paths]   */
	char release[8];	/* that it names: 4.00, 4.10, 4.90; "": the first Windows 95
				 * names none                                                  */
};

/**
 * windows_folder_find - ask MSDOS.SYS, then AUTOEXEC.BAT's PATH, then look where it usually is
 * @ret: windows_folder_clear() frees it
 */
void windows_folder_find(struct windows_folder *ret, const struct fatfs *fs);
void windows_folder_clear(struct windows_folder *w);

#define CLEANUP_WINDOWS_FOLDER __attribute__((cleanup(windows_folder_clear)))

#endif
