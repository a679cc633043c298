// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads partclone's images: header, bitmap, strips of blocks. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/base/digest.h"
#include "lib/partclone.h"

#define MAGIC "partclone-image"
#define BITMAP_END "BiTmAgIc"
enum {
	MAGIC_LEN = 15, VERSION_AT = 30,
	HEADER_1 = 4160, HEADER_2 = 110, HEADER_2_CHECKED = 106,
	LITTLE_ENDIAN_MARK = 0xC0DE,
	BLOCK_MAX = 64 << 20,		/* as partclone itself                       */
	STRIP_MAX = 128 << 20,
	BITMAP_MAX = 512 << 20,		/* 16 TiB in blocks of 4 KiB                 */
	CHECK_MAX = 64, GROUP = 4096,	/* blocks between two counts of used ones    */
	PIECE = 65536,
};
enum { CHECK_NONE = 0, CHECK_CRC32 = 0x20, BITMAP_BITS = 1 };
#define NO_STRIP UINT64_MAX

bool partclone_is_image(const uint8_t *head, size_t len)
{
	return len >= MAGIC_LEN && memcmp(head, MAGIC, MAGIC_LEN) == 0;
}

static int damaged(struct error *err, const char *what)
{
	return error_set(err, ERR_FORMAT, "the partclone image has %s", what);
}

/* What both formats say, in bounds. */
static int set_sizes(struct partclone *p, uint64_t block, uint64_t n, uint64_t size, struct error *err)
{
	uint64_t bytes = 0;

	if (block < 512 || block > BLOCK_MAX || (block & (block - 1)))
		return damaged(err, "blocks of an impossible size");
	if (n == 0 || n / 8 >= BITMAP_MAX || MUL_OVERFLOW(n, block, &bytes) || bytes > INT64_MAX)
		return damaged(err, "an impossible number of blocks");
	p->block_size = (uint32_t)block;
	p->n_blocks = n;
	/* an end that is no whole block is not in it */
	p->size = size && size < bytes ? size : bytes;
	p->bitmap = xcalloc((size_t)(n / 8 + 1), 1);
	return 0;
}

static int read_header_1(struct partclone *p, const uint8_t *h, struct error *err)
{
	if (image_stream_read(p->stream, NULL, HEADER_1 - HEADER_2, err) < 0)
		return -1;
	p->strip = 1;
	p->check_size = 4;	/* of which not all versions made the same */
	return set_sizes(p, get_le32(h + 36), get_le64(h + 48), get_le64(h + 40), err);
}

static int read_header_2(struct partclone *p, const uint8_t *h, struct error *err)
{
	uint16_t mode = get_le16(h + 96);

	if (get_le16(h + 34) != LITTLE_ENDIAN_MARK)
		return error_set(err, ERR_UNSUPPORTED, "the partclone image was made on a big-endian machine");
	if (~crc32_of(h, HEADER_2_CHECKED) != get_le32(h + HEADER_2_CHECKED))
		return damaged(err, "a header whose checksum does not fit");
	if (h[105] != BITMAP_BITS)
		return error_set(err, ERR_UNSUPPORTED, "the partclone image has a bitmap of the kind %u", h[105]);
	p->check_size = mode == CHECK_NONE ? 0 : get_le16(h + 98);
	p->strip = mode == CHECK_NONE ? 0 : get_le32(h + 100);
	p->checked = mode == CHECK_CRC32 && h[104] == 1 && p->check_size == 4;
	if (p->check_size > CHECK_MAX || (mode != CHECK_NONE && p->strip == 0))
		return damaged(err, "impossible checksums");
	return set_sizes(p, get_le32(h + 84), get_le64(h + 60), get_le64(h + 52), err);
}

static void mark(struct partclone *p, uint64_t block)
{
	p->bitmap[block / 8] |= (uint8_t)(1 << block % 8);
}

static bool is_used(const struct partclone *p, uint64_t block)
{
	return p->bitmap[block / 8] >> block % 8 & 1;
}

/* A byte a block; other values than 1 have been seen and mean nothing. */
static int read_bitmap_1(struct partclone *p, struct error *err)
{
	CLEANUP_FREE uint8_t *bytes = xmalloc(PIECE);
	uint8_t end[8];

	for (uint64_t at = 0; at < p->n_blocks; at += PIECE) {
		size_t n = (size_t)MIN(p->n_blocks - at, (uint64_t)PIECE);

		if (image_stream_read(p->stream, bytes, n, err) < 0)
			return -1;
		for (size_t i = 0; i < n; i++)
			if (bytes[i] == 1)
				mark(p, at + i);
	}
	if (image_stream_read(p->stream, end, sizeof(end), err) < 0)
		return -1;
	return memcmp(end, BITMAP_END, sizeof(end)) == 0 ? 0 : damaged(err, "a bitmap without its end");
}

static int read_bitmap_2(struct partclone *p, struct error *err)
{
	size_t len = (size_t)((p->n_blocks + 7) / 8);
	uint8_t sum[4];

	if (image_stream_read(p->stream, p->bitmap, len, err) < 0 ||
	    image_stream_read(p->stream, sum, sizeof(sum), err) < 0)
		return -1;
	if (~crc32_of(p->bitmap, len) != get_le32(sum))
		return damaged(err, "a bitmap whose checksum does not fit");
	if (p->n_blocks % 8)
		p->bitmap[len - 1] &= (uint8_t)((1 << p->n_blocks % 8) - 1);
	return 0;
}

static uint64_t count_bits(const uint8_t *bytes, size_t n)
{
	uint64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += (uint64_t)__builtin_popcount(bytes[i]);
	return count;
}

static uint64_t n_strips(const struct partclone *p)
{
	return p->n_used / p->strip + (p->n_used % p->strip != 0);
}

static int prepare(struct partclone *p, struct error *err)
{
	uint64_t groups = p->n_blocks / GROUP + 1, bytes = (p->n_blocks + 7) / 8, strip = 0;

	if (p->strip == 0)
		p->strip = MAX(1u, (1u << 20) / p->block_size);
	if (MUL_OVERFLOW((uint64_t)p->strip, (uint64_t)p->block_size, &strip) || strip > STRIP_MAX)
		return damaged(err, "too many blocks with one checksum");
	p->before = xcalloc((size_t)groups, sizeof(*p->before));
	for (uint64_t g = 0; g < groups; g++) {
		uint64_t at = g * GROUP / 8;

		p->before[g] = p->n_used;
		p->n_used += count_bits(p->bitmap + at, (size_t)MIN(bytes - at, (uint64_t)GROUP / 8));
	}
	p->blocks = xmalloc((size_t)strip);
	p->bad = xcalloc((size_t)(n_strips(p) / 8 + 1), 1);
	p->data = p->stream->pos;
	p->strip_number = p->broken = NO_STRIP;
	return 0;
}

int partclone_open(struct partclone *ret, struct image_stream *stream, struct error *err)
{
	struct partclone p CLEANUP_PARTCLONE = { .stream = stream };
	uint8_t h[HEADER_2];
	int rc;

	if (image_stream_begin(stream, err) < 0 || image_stream_read(stream, h, sizeof(h), err) < 0)
		return -1;
	if (!partclone_is_image(h, sizeof(h)))
		return error_set(err, ERR_FORMAT, "it is no partclone image");
	if (memcmp(h + VERSION_AT, "0002", 4) == 0)
		rc = read_header_2(&p, h, err) < 0 ? -1 : read_bitmap_2(&p, err);
	else if (memcmp(h + VERSION_AT, "0001", 4) == 0)
		rc = read_header_1(&p, h, err) < 0 ? -1 : read_bitmap_1(&p, err);
	else
		rc = error_set(err, ERR_UNSUPPORTED, "the partclone image is of a version that is not known");
	if (rc < 0 || prepare(&p, err) < 0)
		return -1;
	*ret = p;
	p = (struct partclone)PARTCLONE_INIT;
	return 0;
}

/* How many used blocks lie before this one: its place among the blocks of the image. */
static uint64_t place_of(const struct partclone *p, uint64_t block)
{
	uint64_t group = block / GROUP, n = p->before[group], at = group * GROUP;

	n += count_bits(p->bitmap + at / 8, (size_t)((block - at) / 8));
	for (uint64_t i = block / 8 * 8; i < block; i++)
		n += is_used(p, i);
	return n;
}

static uint64_t blocks_of_strip(const struct partclone *p, uint64_t strip)
{
	return MIN((uint64_t)p->strip, p->n_used - strip * p->strip);
}

/* The strip that the stream has come to. */
static int next_strip(struct partclone *p)
{
	size_t len = (size_t)blocks_of_strip(p, p->next_strip) * p->block_size;
	uint8_t sum[CHECK_MAX];

	p->strip_number = NO_STRIP;
	if (image_stream_read(p->stream, p->blocks, len, NULL) < 0 ||
	    image_stream_read(p->stream, sum, p->check_size, NULL) < 0) {
		p->broken = MIN(p->broken, p->next_strip);
		return -EIO;
	}
	p->strip_number = p->next_strip++;
	if (p->checked && ~crc32_of(p->blocks, len) != get_le32(sum))
		p->bad[p->strip_number / 8] |= (uint8_t)(1 << p->strip_number % 8);
	return 0;
}

static bool is_bad(const struct partclone *p, uint64_t strip)
{
	return strip >= p->broken || (p->bad[strip / 8] >> strip % 8 & 1);
}

static int go_to(struct partclone *p, uint64_t strip)
{
	if (is_bad(p, strip))
		return -EIO;
	if (p->strip_number == strip)
		return 0;
	if (strip < p->next_strip || !p->stream->archive) {
		if (image_stream_begin(p->stream, NULL) < 0 ||
		    image_stream_read(p->stream, NULL, p->data, NULL) < 0)
			return -EIO;
		p->next_strip = 0;
	}
	while (p->next_strip <= strip)
		if (next_strip(p) < 0)
			return -EIO;
	return is_bad(p, strip) ? -EIO : 0;
}

static int read_block(struct partclone *p, uint64_t block, size_t from, uint8_t *to, size_t len)
{
	uint64_t place;
	int rc;

	if (!is_used(p, block)) {
		memset(to, 0, len);
		return 0;
	}
	place = place_of(p, block);
	rc = go_to(p, place / p->strip);
	if (rc == 0)
		memcpy(to, p->blocks + place % p->strip * p->block_size + from, len);
	return rc;
}

int partclone_read(struct partclone *p, uint64_t start, void *buf, size_t len)
{
	uint8_t *to = buf;

	while (len) {
		uint64_t block = start / p->block_size;
		size_t from = (size_t)(start % p->block_size);
		size_t part = MIN(len, (size_t)p->block_size - from);
		int rc = 0;

		if (block < p->n_blocks)
			rc = read_block(p, block, from, to, part);
		else
			memset(to, 0, part);
		if (rc < 0)
			return rc;
		start += part;
		to += part;
		len -= part;
	}
	return 0;
}

uint64_t partclone_extent(const struct partclone *p, uint64_t start, bool *ret_used)
{
	uint64_t block = start / p->block_size, first = block;

	*ret_used = block < p->n_blocks && is_used(p, block);
	if (block >= p->n_blocks)
		return INT64_MAX;
	while (block < p->n_blocks && is_used(p, block) == *ret_used && block - first < GROUP * 16)
		block++;
	return block * p->block_size - start;
}

void partclone_clear(struct partclone *p)
{
	free(p->bitmap);
	free(p->before);
	free(p->blocks);
	free(p->bad);
	*p = (struct partclone)PARTCLONE_INIT;
}
