/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_DISK_DIGEST_H
#define REHOST_DISK_DIGEST_H

/*
 * The digest of a disk as a guest sees it: a tree, so that all cores can work on it, zeros cost
 * nothing, and a damaged place can be named.
 *
 *	block	1 MiB of the disk, the last one shorter: SHA-256 of its bytes,
 *		or 32 zero bytes if all of them are zero
 *	extent	64 blocks (more, a power of two, on disks with more than 262144 extents): SHA-256 of
 *		its blocks' digests one after the other, or 32 zero bytes if all of these are zero
 *	disk	SHA-256 of the text "rehost disk 1\n", the size of the disk and the blocks in an
 *		extent as 8 bytes each, most significant first, and of all extents' digests
 *
 * While a disk is being read the blocks' digests lie in a file (32 bytes a block, sparse), in any
 * order; disk_digest_finish() makes extents and disk of them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/digest.h"
#include "lib/base/error.h"

enum {
	DISK_BLOCK = 1 << 20,		/* [bytes]  */
	DISK_EXTENT_BLOCKS = 64,	/* at least */
	DISK_EXTENTS_MAX = 1 << 18,
};

struct disk_digest {
	int fd;			/* the blocks' digests */
	uint64_t size;		/* of the disk [bytes] */
};

#define DISK_DIGEST_INIT { -1, 0 }

/** disk_extent_size - bytes in an extent of a disk of @size bytes; 0 if no disk can be so large */
uint64_t disk_extent_size(uint64_t size);

/**
 * disk_digest_open - begin, or go on
 * @ret:  disk_digest_close() ends it
 * @path: file for the blocks' digests, kept if it exists; NULL: a temporary one without a name
 * @size: of the disk                                    [bytes]
 */
int disk_digest_open(struct disk_digest *ret, const char *path, uint64_t size, struct error *err);

/** disk_digest_set - note the digest of block number @block; safe from several threads */
int disk_digest_set(struct disk_digest *d, uint64_t block, const uint8_t sum[DIGEST_SIZE],
		    struct error *err);

/** disk_digest_get - the digest that was noted; zeros if none was */
int disk_digest_get(const struct disk_digest *d, uint64_t block, uint8_t ret[DIGEST_SIZE],
		    struct error *err);

/**
 * disk_digest_finish - digests of all extents and of the disk
 * @d:           with every block set that is not zero
 * @ret_extents: DIGEST_SIZE bytes an extent; the caller frees it
 * @ret_n:       number of extents
 * @ret_disk:    digest of the disk in hexadecimal
 */
int disk_digest_finish(const struct disk_digest *d, uint8_t **ret_extents, size_t *ret_n,
		       char ret_disk[DIGEST_HEX_SIZE], struct error *err);

/** disk_digest_of_extents - the last step alone: the disk's digest from those of its extents */
void disk_digest_of_extents(uint64_t size, const uint8_t *extents, size_t n,
			    char ret_disk[DIGEST_HEX_SIZE]);

void disk_digest_close(struct disk_digest *d);

#define CLEANUP_DISK_DIGEST __attribute__((cleanup(disk_digest_close)))

/** bytes_are_zero - quickly */
bool bytes_are_zero(const void *data, size_t len);

#endif
