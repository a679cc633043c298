/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_IMAGE_STREAM_H
#define REHOST_IMAGE_STREAM_H

/*
 * Bytes that can only be read forward: a file that may be split into parts and may be compressed (gzip,
 * bzip2, xz, lzma, lz4, zstd), by libarchive. To go back is to begin again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"

struct image_stream {
	struct strv paths;		/* of the parts, in their order                          */
	const void *memory;		/* instead of them: these bytes                          */
	size_t memory_len;
	void *archive;			/* struct archive, NULL: not open                        */
	size_t next_path;		/* part that is read when this one ends                  */
	int fd;				/* of this one, or -1                                    */
	uint8_t *packed;		/* what was read of it                                   */
	const uint8_t *block;		/* what was unpacked and not yet taken                   */
	size_t block_len;
	uint64_t pos;			/* of the next byte                              [bytes] */
};

#define IMAGE_STREAM_INIT { .paths = STRV_INIT, .fd = -1 }

/** image_stream_begin - at its first byte, also again; @s->paths or @s->memory is set */
int image_stream_begin(struct image_stream *s, struct error *err);

/**
 * image_stream_read - the next bytes
 * @ret: NULL: pass over them
 * @len: how many                                        [bytes]
 * @err: ERR_INTEGRITY if the stream ends before, or is damaged
 */
int image_stream_read(struct image_stream *s, void *ret, uint64_t len, struct error *err);

/** image_stream_close - a later image_stream_begin() starts again */
void image_stream_close(struct image_stream *s);
void image_stream_clear(struct image_stream *s);

#define CLEANUP_IMAGE_STREAM __attribute__((cleanup(image_stream_clear)))

#endif
