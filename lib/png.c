// SPDX-License-Identifier: GPL-2.0-or-later
/* Pictures of screens as PNG, for builds of QEMU that write none. */
#include "config.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/png.h"

enum { SIDE_MAX = 16384, STORED_MAX = 65535, PIXEL = 3 };

static void put32(FILE *f, uint32_t n)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		fputc((int)(n >> shift & 0xff), f);
}

static uint32_t crc32_of(const char *data, size_t len)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		crc ^= (uint8_t)data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
	}
	return ~crc;
}

static uint32_t adler32_of(const char *data, size_t len)
{
	enum { BASE = 65521 };
	uint32_t a = 1, b = 0;

	for (size_t i = 0; i < len; i++) {
		a = (a + (uint8_t)data[i]) % BASE;
		b = (b + a) % BASE;
	}
	return b << 16 | a;
}

/* @data begins with the four letters of its type. */
static void put_chunk(FILE *f, const char *data, size_t len)
{
	put32(f, (uint32_t)(len - 4));
	fwrite(data, 1, len, f);
	put32(f, crc32_of(data, len));
}

static void put_stored(FILE *f, const char *data, size_t len)
{
	fputs("\x78\x01", f);
	for (size_t at = 0, n; at < len; at += n) {
		n = MIN(len - at, (size_t)STORED_MAX);
		fputc(at + n == len, f);
		fputc((int)(n & 0xff), f);
		fputc((int)(n >> 8), f);
		fputc((int)(~n & 0xff), f);
		fputc((int)(~n >> 8 & 0xff), f);
		fwrite(data + at, 1, n, f);
	}
	put32(f, adler32_of(data, len));
}

static FILE *begin(char **ret, size_t *ret_len)
{
	FILE *f = open_memstream(ret, ret_len);

	if (!f)
		abort();
	return f;
}

static void end(FILE *f)
{
	if (fclose(f) != 0)
		abort();
}

static void put_header(FILE *f, uint32_t width, uint32_t height)
{
	CLEANUP_FREE char *chunk = NULL;
	size_t len = 0;
	FILE *c = begin(&chunk, &len);

	fputs("IHDR", c);
	put32(c, width);
	put32(c, height);
	fwrite("\x08\x02\0\0\0", 1, 5, c);	/* 8 bits each of red, green, blue */
	end(c);
	put_chunk(f, chunk, len);
}

/* Each line begins with the number of its filter: none. */
static void put_lines(FILE *f, const char *pixels, uint32_t width, uint32_t height)
{
	CLEANUP_FREE char *lines = NULL, *chunk = NULL;
	size_t len = 0, chunk_len = 0;
	FILE *c = begin(&lines, &len);

	for (uint32_t y = 0; y < height; y++) {
		fputc(0, c);
		fwrite(pixels + (size_t)y * width * PIXEL, PIXEL, width, c);
	}
	end(c);
	c = begin(&chunk, &chunk_len);
	fputs("IDAT", c);
	put_stored(c, lines, len);
	end(c);
	put_chunk(f, chunk, chunk_len);
}

int png_from_ppm(const char *data, size_t len, char **ret, size_t *ret_len, struct error *err)
{
	CLEANUP_FREE char *head = xstrndup(data, MIN(len, (size_t)64));
	uint32_t width = 0, height = 0;
	int used = 0;
	FILE *f;

	if (sscanf(head, "P6 %5u %5u 255%n", &width, &height, &used) != 2 || !used ||
	    !isspace((unsigned char)head[used]) || width == 0 || height == 0 || width > SIDE_MAX ||
	    height > SIDE_MAX || len - (size_t)used - 1 < (size_t)width * height * PIXEL)
		return error_set(err, ERR_FORMAT, "QEMU made no picture");
	f = begin(ret, ret_len);
	fwrite("\x89PNG\r\n\x1a\n", 1, 8, f);
	put_header(f, width, height);
	put_lines(f, data + used + 1, width, height);
	put_chunk(f, "IEND", 4);
	end(f);
	return 0;
}
