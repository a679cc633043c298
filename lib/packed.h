/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PACKED_H
#define REHOST_PACKED_H

#include <stddef.h>

/**
 * packed_length - how much of what starts with a compressed stream may be given to libarchive
 * @data: the stream, and what stands behind it
 * @len:  of both                                          [bytes]
 *
 * The filters for zstd, xz and lz4 take what follows for damage; the others find their end, and for
 * them, as for a stream that is damaged, the answer is @len.
 *
 * Source: RFC 8878; The .xz File Format, 2.1.2; kernel lib/decompress_unlz4.c.
 */
size_t packed_length(const char *data, size_t len);

/**
 * packed_read - a file that may be compressed, whole and plain
 * @data:    the file
 * @len:     its length                                    [bytes]
 * @max:     more is refused                               [bytes]
 * @ret:     what is in it; the caller frees it
 * @ret_len: its length                                    [bytes]
 *
 * Return: 0, or -1 if it is damaged or has more than @max.
 */
int packed_read(const void *data, size_t len, size_t max, char **ret, size_t *ret_len);

#endif
