/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BUNDLE_CARRY_H
#define REHOST_BUNDLE_CARRY_H

/* Putting a bundle onto the medium that is carried to the site. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/bundle.h"

struct carry_options {
	const char *to;			/* folder, or block device with a file system         */
	bool verify;			/* read back what was written, from the medium        */
	uint64_t split;			/* bytes in a part; 0: what the file system can hold  */
	struct progress *progress;	/* or NULL */
};

/**
 * carry_part_size - how large a part may be
 * @fs_type: of the medium, as statfs() says
 * @split:   what the user wants, 0: nothing
 * @size:    of the bundle                               [bytes]
 *
 * FAT keeps the size of a file in 32 bits.
 */
uint64_t carry_part_size(uint64_t fs_type, uint64_t split, uint64_t size);

/**
 * bundle_carry - copy a bundle
 * @b:         the bundle, verified
 * @options:   where to
 * @ret_parts: number of files that it became: 1, or parts as in lib/parts.h
 * @err:       ERR_EXISTS if it is there already, ERR_INTEGRITY if the medium gives back something
 *             else; nothing has the bundle's name then
 *
 * A device that is not mounted is mounted for the time of the copy.
 */
int bundle_carry(const struct bundle *b, const struct carry_options *options, size_t *ret_parts,
		 struct error *err);

#endif
