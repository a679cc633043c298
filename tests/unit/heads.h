/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TEST_HEADS_H
#define REHOST_TEST_HEADS_H

/* Beginnings of volumes of old systems, rebuilt from what their formats' descriptions say. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/disk_head.h"

struct image {
	uint8_t *data;
	size_t size;		/* [bytes] */
};

static inline int image_read(void *ctx, uint64_t at, void *buf, size_t len)
{
	const struct image *image = ctx;

	memcpy(buf, image->data + at, len);
	return 0;
}

static inline struct reader image_reader(struct image *image)
{
	return (struct reader){ image_read, image, image->size };
}

static inline void put16(uint8_t *p, uint32_t n)
{
	p[0] = (uint8_t)n;
	p[1] = (uint8_t)(n >> 8);
}

static inline void put32(uint8_t *p, uint32_t n)
{
	put16(p, n);
	put16(p + 2, n >> 16);
}

/* A FAT volume being filled: clusters are handed out one after the other. */
struct fat_image {
	struct image image;
	unsigned int bits;
	uint32_t table, root, data;	/* [bytes] */
	uint32_t cluster, next;		/* size of one [bytes]; the next that is free */
};

static inline void fat_set(struct fat_image *f, uint32_t cluster, uint32_t value)
{
	uint8_t *p = f->image.data + f->table + cluster * f->bits / 8;

	if (f->bits == 32)
		put32(p, value & 0x0fffffff);
	else if (f->bits == 16)
		put16(p, value);
	else if (cluster & 1)
		put16(p, (p[0] & 0x0fu) | (value & 0xfff) << 4);
	else
		put16(p, (value & 0xfff) | (p[1] & 0xf0u) << 8);
}

static inline struct fat_image fat_new(unsigned int bits, const char *oem)
{
	uint32_t sectors = bits == 12 ? 2880 : bits == 16 ? 20000 : 70000;
	uint32_t table = bits == 12 ? 9 : bits == 16 ? 80 : 550, reserved = bits == 32 ? 32 : 1;
	struct fat_image f = { .bits = bits, .cluster = 512, .next = 2 };
	uint8_t *b = calloc(sectors, 512);

	f.image = (struct image){ b, sectors * 512ul };
	memcpy(b, "\xeb\x3c\x90", 3);
	memcpy(b + 3, oem, 8);
	put16(b + 11, 512);
	b[13] = 1;
	put16(b + 14, reserved);
	b[16] = 2;
	put16(b + 17, bits == 32 ? 0 : 224);
	put16(b + 19, sectors < 65536 ? sectors : 0);
	b[21] = bits == 12 ? 0xf0 : 0xf8;
	put16(b + 22, bits == 32 ? 0 : table);
	put16(b + 24, bits == 12 ? 18 : 63);
	put16(b + 26, bits == 12 ? 2 : 16);
	put32(b + 32, sectors < 65536 ? 0 : sectors);
	put32(b + 36, bits == 32 ? table : 0);
	put32(b + 44, bits == 32 ? 2 : 0);
	put16(b + 510, 0xaa55);
	f.table = reserved * 512;
	f.root = (reserved + 2 * table) * 512;
	f.data = f.root + (bits == 32 ? 0 : 224 * 32);
	fat_set(&f, 0, 0xffffff00 | b[21]);
	fat_set(&f, 1, 0xffffffff);
	if (bits == 32)
		fat_set(&f, f.next++, 0xffffffff);
	return f;
}

static inline uint32_t fat_place(const struct fat_image *f, uint32_t cluster)
{
	return cluster ? f->data + (cluster - 2) * f->cluster : f->root;
}

/* A free entry of a folder (one cluster); its cluster, or that of one of the same name. */
static inline uint32_t fat_entry(struct fat_image *f, uint32_t folder, const char *name, size_t len,
				 uint8_t attr, uint32_t size)
{
	uint8_t *e = f->image.data + fat_place(f, folder ? folder : f->bits == 32 ? 2 : 0);
	char text[11];
	size_t n = 0, at = 0;

	memset(text, ' ', sizeof(text));
	for (; n < len; n++)
		if (name[n] == '.')
			at = 8;
		else
			text[at++] = name[n];
	for (; e[0]; e += 32)
		if (memcmp(e, text, 11) == 0)
			return (uint32_t)(e[26] | e[27] << 8);
	memcpy(e, text, 11);
	e[11] = attr;
	put16(e + 26, f->next);
	put32(e + 28, size);
	fat_set(f, f->next, 0xffffffff);
	return f->next++;
}

/* "WINDOWS/SYSTEM/VMM32.VXD" with folders as needed; contents of at most one cluster */
static inline void fat_add(struct fat_image *f, const char *path, const char *text)
{
	uint32_t folder = 0;
	const char *slash;

	for (; (slash = strchr(path, '/')); path = slash + 1)
		folder = fat_entry(f, folder, path, (size_t)(slash - path), 0x10, 0);
	folder = fat_entry(f, folder, path, strlen(path), 0x20, (uint32_t)strlen(text));
	memcpy(f->image.data + fat_place(f, folder), text, strlen(text));
}

#endif
