/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PARTCLONE_H
#define REHOST_PARTCLONE_H

/*
 * Images of partclone, of the formats 0001 and 0002: a header, a bitmap of the blocks that are in use, and
 * these blocks, with checksums behind every so many of them. They are read as the partition that they were
 * made of. What lies before the place that was read last costs a new pass over the image.
 *
 * Images come from elsewhere: every number is bounded, checksums are compared, and what cannot be trusted
 * cannot be read.
 *
 * Source: Thomas-Tsai/partclone, IMAGE_FORMATS.md, and src/checksum.h for the numbers of checksums.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/image_stream.h"

struct partclone {
	struct image_stream *stream;	/* the caller's                                          */
	uint64_t size;			/* of the file system                            [bytes] */
	uint32_t block_size;		/*                                               [bytes] */
	uint64_t n_blocks;
	uint64_t n_used;
	uint8_t *bitmap;		/* one bit a block, the lowest first                     */
	uint64_t *before;		/* used blocks before every 4096th block                 */
	uint64_t data;			/* where the blocks begin in the stream          [bytes] */
	uint32_t strip;			/* blocks with one checksum                              */
	uint32_t check_size;		/* of a checksum                                 [bytes] */
	bool checked;			/* it is one that we know                                */
	uint8_t *blocks;		/* the strip that was read last                          */
	uint64_t strip_number;		/* of it; NO_STRIP: none                                 */
	uint64_t next_strip;		/* that the stream comes to next                         */
	uint64_t broken;		/* from this strip on the stream cannot be read          */
	uint8_t *bad;			/* one bit a strip: its checksum does not fit            */
};

#define PARTCLONE_INIT { 0 }

/** partclone_is_image - do these first bytes of a stream say so? */
bool partclone_is_image(const uint8_t *head, size_t len);

/**
 * partclone_open - read header and bitmap
 * @ret:    partclone_clear() frees it
 * @stream: anywhere; stays in use
 * @err:    ERR_FORMAT, ERR_UNSUPPORTED for a version or machine that is not read, ERR_INTEGRITY
 */
int partclone_open(struct partclone *ret, struct image_stream *stream, struct error *err);

/**
 * partclone_read - bytes of the partition; blocks that are not in use are zeros
 *
 * Return: 0, or -EIO where the image is damaged.
 */
int partclone_read(struct partclone *p, uint64_t start, void *buf, size_t len);

/** partclone_extent - length of the area from @start on that is in use, or not; at least 1 [bytes] */
uint64_t partclone_extent(const struct partclone *p, uint64_t start, bool *ret_used);

void partclone_clear(struct partclone *p);

#define CLEANUP_PARTCLONE __attribute__((cleanup(partclone_clear)))

#endif
