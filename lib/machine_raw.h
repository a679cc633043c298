/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_MACHINE_RAW_H
#define REHOST_MACHINE_RAW_H

/*
 * The files that describe a computer, as they are: SMBIOS and ACPI tables, PCI configuration, USB
 * descriptors, ports and their addresses, the BIOS's own disk geometry, video, sound, clock. A later
 * rehost can read from them what machine.xml does not say yet: `rehost profile --root machine.tar`.
 */

#include "lib/base/error.h"

/**
 * machine_raw_write - gather them into a tar archive
 * @root: "/", or a folder or archive with a copy of /sys and /proc
 * @path: the archive; replaced
 * @err:  @root cannot be read, the archive cannot be written; a file that is not there is left out
 *
 * On the computer itself, what only a program can ask for is added below "rehost/": the CPUID leaves,
 * the BIOS's memory from C0000 to FFFFF, both clocks.
 */
int machine_raw_write(const char *root, const char *path, struct error *err);

#endif
