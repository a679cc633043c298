/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_DISK_STORE_H
#define REHOST_DISK_STORE_H

/* A disk as a stand-alone image of packed clusters, inside a file: an archive, or a file of its own. */

#include "lib/base/digest.h"
#include "lib/base/error.h"
#include "lib/base/progress.h"

/**
 * disk_store - flatten an image and all that it stands on, in one pass
 * @from:     the image, of any kind that lib/source.h reads
 * @fd:       where to
 * @start:    of the new image in that file                [bytes]
 * @phase:    what progress calls it
 * @progress: or NULL
 * @ret_size: of the new image                             [bytes]
 * @ret_disk: digest of the disk as a guest sees it, lib/disk_digest.h
 * @err:      set on failure; what was written is to be thrown away then
 *
 * Packed clusters of qcow2 are taken over as they are.
 */
int disk_store(const char *from, int fd, uint64_t start, const char *phase,
	       struct progress *progress, uint64_t *ret_size, char ret_disk[DIGEST_HEX_SIZE],
	       struct error *err);

/**
 * disk_store_check - read such an image back: it must look to a guest as the old one did
 * @expected: what disk_store() gave as the digest of the disk
 * @err:      ERR_INTEGRITY if it does not
 */
int disk_store_check(int fd, uint64_t start, uint64_t size, const char *expected,
		     struct progress *progress, struct error *err);

#endif
