// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a compressed stream ends that has something else behind it. */
#include "config.h"

#include <stdint.h>
#include <string.h>
#include <zstd.h>

#include "lib/packed.h"

enum { LZ4_LEGACY = 0x184c2102, LZ4_BLOCK = 8 << 20 };

static uint32_t le32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
}

/* Frames of zstd, one behind the other */
static size_t zstd_length(const char *data, size_t len)
{
	size_t end = 0;

	while (len - end >= 4 && le32(data + end) == ZSTD_MAGICNUMBER) {
		size_t n = ZSTD_findFrameCompressedSize(data + end, len - end);

		if (ZSTD_isError(n))
			return len;
		end += n;
	}
	return end;
}

/*
 * A stream of xz ends with the size of its index, the flags of its start, and "YZ"; its length is a
 * multiple of four. Source: The .xz File Format, 2.1.2.
 */
static size_t xz_length(const char *data, size_t len)
{
	enum { FOOTER = 12, FLAGS = 6, SIZE = 8 };

	for (size_t end = 2 * FOOTER; end <= len; end += 4) {
		uint64_t index = ((uint64_t)le32(data + end - SIZE) + 1) * 4;

		if (data[end - 2] == 'Y' && data[end - 1] == 'Z' &&
		    data[end - 4] == data[FLAGS] && data[end - 3] == data[FLAGS + 1] &&
		    index <= end - 2 * FOOTER && data[end - FOOTER - index] == '\0')
			return end;
	}
	return len;
}

/* Blocks of the form of lz4 that the kernel knows: each with its size before it. */
static size_t lz4_length(const char *data, size_t len)
{
	enum { BLOCK_MAX = LZ4_BLOCK + LZ4_BLOCK / 255 + 16 };
	size_t end = 4;

	while (len - end >= 4) {
		uint32_t n = le32(data + end);

		if (n == 0 || n > BLOCK_MAX || n > len - end - 4)
			break;
		end += 4 + n;
	}
	return end;
}

size_t packed_length(const char *data, size_t len)
{
	if (len >= 4 && le32(data) == ZSTD_MAGICNUMBER)
		return zstd_length(data, len);
	if (len >= 6 && memcmp(data, "\3757zXZ", 6) == 0)
		return xz_length(data, len);
	if (len >= 4 && le32(data) == LZ4_LEGACY)
		return lz4_length(data, len);
	return len;
}
