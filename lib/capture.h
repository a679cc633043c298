/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CAPTURE_H
#define REHOST_CAPTURE_H

/*
 * A capture: folder NAME.capture with
 *
 *	capture.xml	what was read from where, and the digests
 *	machine.xml	the old PC
 *	disk0.qcow2	its first disk, compressed; opens as a backing file
 *	disk0.map	what of it was read, in the format of GNU ddrescue
 *
 * Nothing changes a capture once it is whole.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/digest.h"
#include "lib/base/error.h"
#include "lib/machine.h"

#define CAPTURE_SUFFIX ".capture"

struct capture_disk {
	char *file;			/* disk0.qcow2, inside the folder            */
	char *map;			/* disk0.map                                 */
	char *source;			/* what was read: /dev/sda, a file, a URI    */
	char *model, *serial;		/* of the drive, or NULL                     */
	uint64_t size;			/* as a guest sees it                [bytes] */
	uint64_t sector_size;		/* logical                           [bytes] */
	uint64_t bad_bytes;		/* could not be read; zeros in the image     */
	char digest[DIGEST_HEX_SIZE];	/* SHA-256 of the disk as a guest sees it    */
};

struct capture {
	char *dir;			/* absolute                                  */
	char *name;			/* without folder and suffix                 */
	struct capture_disk *disks;
	size_t n_disks;
	struct machine machine;
};

#define CAPTURE_INIT { 0 }

/**
 * capture_open - read a capture's documents
 * @ret:  capture_clear() frees it
 * @path: the folder
 * @err:  ERR_NOT_FOUND, ERR_FORMAT; a folder that is still partial is refused
 */
int capture_open(struct capture *ret, const char *path, struct error *err);

/** capture_disk_path - absolute path of disk @i; the caller frees it */
char *capture_disk_path(const struct capture *c, size_t i);

void capture_clear(struct capture *c);

#define CLEANUP_CAPTURE __attribute__((cleanup(capture_clear)))

#endif
