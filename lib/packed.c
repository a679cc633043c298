// SPDX-License-Identifier: GPL-2.0-or-later
/* Compressed streams: where one ends that has something else behind it, and what is in one. */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "lib/base/alloc.h"
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

static void close_archive(struct archive **a)
{
	archive_read_free(*a);
}

/* One byte more than may be is asked for, so that too much is seen. */
static int read_all(struct archive *a, size_t max, char **ret, size_t *ret_len)
{
	enum { FIRST = 1 << 20 };
	size_t room = FIRST, len = 0;
	CLEANUP_FREE char *data = xmalloc(room);

	for (;;) {
		la_ssize_t got = archive_read_data(a, data + len, room - len);

		if (got < 0 || (size_t)got > max - len)
			return -1;
		if (got == 0)
			break;
		len += (size_t)got;
		if (len == room) {
			char *more = xmalloc(room * 2);

			memcpy(more, data, len);
			free(data);
			data = more;
			room *= 2;
		}
	}
	*ret = STEAL(data);
	*ret_len = len;
	return 0;
}

int packed_read(const void *data, size_t len, size_t max, char **ret, size_t *ret_len)
{
	struct archive *a __attribute__((cleanup(close_archive))) = archive_read_new();
	struct archive_entry *entry = NULL;

	archive_read_support_filter_all(a);
	archive_read_support_format_raw(a);
	if (archive_read_open_memory(a, data, packed_length(data, len)) != ARCHIVE_OK ||
	    archive_read_next_header(a, &entry) < ARCHIVE_WARN)
		return -1;
	return read_all(a, max, ret, ret_len);
}
