/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CONVERTERS_CSM_H
#define REHOST_CONVERTERS_CSM_H

/*
 * An EFI program of the user's that provides BIOS services (CSMWrap), on an added disk: the last resort for a
 * system that knows only a BIOS, on a target that has none.
 */

#include "converters/converter.h"

/** csm_can_add - UEFI, and the display whose VGA part the program uses; whatever the system is */
void csm_can_add(struct machine_model *ret);

/**
 * csm_add - put the program on a disk of its own, if the negotiation chose what it brings
 * @conv: the conversion
 * @path: the program
 * @ret:  gets the disk and a warning that nobody has tried this
 * @err:  ERR_FORMAT if it is no EFI program for x86-64
 */
int csm_add(struct conversion *conv, const char *path, struct guest *ret, struct error *err);

#endif
