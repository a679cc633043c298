/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_IMPORT_H
#define REHOST_IMPORT_H

/*
 * Profiles from what others already have: a board.xml of ACRN, a hardware model of EVE (JSON), the
 * XML of lstopo, the capabilities of libvirt. What the document does not tell is recorded as missing,
 * never guessed. The document itself stays in the profile, as it was.
 *
 * The document is not trusted: it is read up to a bound, without DTD, network or entities.
 */

#include <stddef.h>

#include "lib/machine.h"

enum { IMPORT_SIZE_MAX = 8 << 20 };	/* a larger document is refused [bytes] */

/**
 * machine_import - a profile from the document of another program
 * @ret:  machine_clear() frees it
 * @path: the document; its kind is told by its contents
 * @err:  ERR_FORMAT if it is none of the four, or is damaged
 */
int machine_import(struct machine *ret, const char *path, struct error *err);

/** machine_import_memory - the same from a buffer with a 0 byte behind it; @name is its file's */
int machine_import_memory(struct machine *ret, const char *text, size_t len, const char *name,
			  struct error *err);

#endif
