/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_MAPFILE_H
#define REHOST_MAPFILE_H

/*
 * What is known about each byte of a disk, in the format of GNU ddrescue, so that ddrescue, its
 * viewers and we can go on where the other stopped. In the map of a finished capture MAP_NON_TRIED
 * means "not in use, therefore not read".
 *
 * Source: GNU ddrescue manual, "Mapfile structure".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/outfile.h"
#include "lib/ranges.h"

enum map_status {
	MAP_NON_TRIED = '?',
	MAP_NON_TRIMMED = '*',		/* a read of it failed; the edges are not known   */
	MAP_NON_SCRAPED = '/',		/* edges are known; sectors not yet tried one by one */
	MAP_BAD = '-',			/* bad sectors                                    */
	MAP_FINISHED = '+',
};

enum { MAPFILE_AREAS_MAX = 1 << 20, MAPFILE_SIZE_MAX = 64 << 20 };

struct map_area {
	uint64_t start, end;		/* [bytes], end excluded */
	enum map_status status;
};

struct mapfile {
	struct map_area *v;		/* sorted, without gaps, neighbours differ */
	size_t n;
	uint64_t size;			/* of the disk                     [bytes] */
	uint64_t pos;			/* where work goes on              [bytes] */
	char phase;			/* current status: ? * / - + as above, F, G */
	uint64_t pass;
};

#define MAPFILE_INIT { .phase = MAP_NON_TRIED, .pass = 1 }

/** mapfile_begin - a map of @size bytes that all have @status */
void mapfile_begin(struct mapfile *ret, uint64_t size, enum map_status status);

/**
 * mapfile_mark - record what is known about a range of a disk
 * @map:    the map to change
 * @start:  first byte of the range                      [bytes]
 * @length: size of the range, more than 0               [bytes]
 * @status: what it is now
 * @err:    set on failure
 *
 * Neighbours of equal status are merged, so the map stays sorted and without gaps.
 *
 * Return: 0, or -1 with ERR_FORMAT if the range leaves the disk or the map becomes too long.
 */
int mapfile_mark(struct mapfile *map, uint64_t start, uint64_t length, enum map_status status,
		 struct error *err);

/** mapfile_append - as mapfile_mark() behind everything that was appended so far; grows the disk */
void mapfile_append(struct mapfile *map, uint64_t length, enum map_status status);

/** mapfile_from_ranges - MAP_FINISHED in the ranges, MAP_NON_TRIED elsewhere */
void mapfile_from_ranges(struct mapfile *ret, const struct ranges *r, uint64_t size);

/** mapfile_to_ranges - the areas of one status, added to @ret */
void mapfile_to_ranges(const struct mapfile *map, enum map_status status, struct ranges *ret);

/** mapfile_unread - the areas of a finished capture that could not be read, bad or given up, added to @ret */
void mapfile_unread(const struct mapfile *map, struct ranges *ret);

/** mapfile_find - index of the area that holds byte @pos of the disk */
size_t mapfile_find(const struct mapfile *map, uint64_t pos);

/** mapfile_total - bytes of one status */
uint64_t mapfile_total(const struct mapfile *map, enum map_status status);

/** mapfile_count - areas of one status */
size_t mapfile_count(const struct mapfile *map, enum map_status status);

/**
 * mapfile_merge - take over what another map knows better
 * @map:  the map to change
 * @from: map of the same disk; its finished areas become finished in @map
 */
int mapfile_merge(struct mapfile *map, const struct mapfile *from, struct error *err);

/**
 * mapfile_read - read a map
 * @ret:  mapfile_clear() frees it
 * @path: the file
 * @size: of the disk; areas behind it are an error, what the map leaves out was not tried [bytes]
 * @err:  ERR_FORMAT with file and line
 */
int mapfile_read(struct mapfile *ret, const char *path, uint64_t size, struct error *err);

/** mapfile_parse - the same from memory; @name stands in messages */
int mapfile_parse(struct mapfile *ret, const char *text, const char *name, uint64_t size,
		  struct error *err);

/** mapfile_text - a map as it stands in a file; the caller frees it */
char *mapfile_text(const struct mapfile *map);

/** mapfile_write - write a map; whole or not at all */
int mapfile_write(const struct mapfile *map, const char *path, enum outfile_mode mode,
		  struct error *err);

void mapfile_clear(struct mapfile *map);

#define CLEANUP_MAPFILE __attribute__((cleanup(mapfile_clear)))

#endif
