// SPDX-License-Identifier: GPL-2.0-or-later
/* Maps of what was read of a disk: kept sorted in memory. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/search.h"
#include "lib/mapfile.h"

void mapfile_begin(struct mapfile *ret, uint64_t size, enum map_status status)
{
	*ret = (struct mapfile)MAPFILE_INIT;
	if (size)
		mapfile_append(ret, size, status);
}

void mapfile_append(struct mapfile *map, uint64_t length, enum map_status status)
{
	if (length == 0)
		return;
	if (map->n && map->v[map->n - 1].status == status)
		map->v[map->n - 1].end += length;
	else
		*APPEND(map->v, map->n) = (struct map_area){ map->size, map->size + length, status };
	map->size += length;
}

void mapfile_from_ranges(struct mapfile *ret, const struct ranges *r, uint64_t size)
{
	*ret = (struct mapfile)MAPFILE_INIT;
	for (size_t i = 0; i < r->n; i++) {
		mapfile_append(ret, r->v[i].start - ret->size, MAP_NON_TRIED);
		mapfile_append(ret, r->v[i].end - r->v[i].start, MAP_FINISHED);
	}
	mapfile_append(ret, size - ret->size, MAP_NON_TRIED);
}

void mapfile_to_ranges(const struct mapfile *map, enum map_status status, struct ranges *ret)
{
	for (size_t i = 0; i < map->n; i++)
		if (map->v[i].status == status)
			ranges_add(ret, map->v[i].start, map->v[i].end);
}

void mapfile_unread(const struct mapfile *map, struct ranges *ret)
{
	mapfile_to_ranges(map, MAP_BAD, ret);
	mapfile_to_ranges(map, MAP_NON_SCRAPED, ret);
	mapfile_to_ranges(map, MAP_NON_TRIMMED, ret);
}

size_t mapfile_find(const struct mapfile *map, uint64_t pos)
{
	return find_last_from(map->v, map->n, sizeof(map->v[0]), pos);
}

/* Put @n_new areas in the place of those from @first to before @last. */
static void splice(struct mapfile *map, size_t first, size_t last, const struct map_area *new,
		   size_t n_new)
{
	size_t tail = map->n - last;

	while (map->n < first + n_new + tail)
		APPEND(map->v, map->n);
	memmove(&map->v[first + n_new], &map->v[last], tail * sizeof(map->v[0]));
	memcpy(&map->v[first], new, n_new * sizeof(map->v[0]));
	map->n = first + n_new + tail;
}

/* Add an area to a short list, joined with the one before it if they are alike. */
static void put(struct map_area *list, size_t *n, struct map_area a)
{
	if (a.start >= a.end)
		return;
	if (*n && list[*n - 1].status == a.status)
		list[*n - 1].end = a.end;
	else
		list[(*n)++] = a;
}

int mapfile_mark(struct mapfile *map, uint64_t start, uint64_t length, enum map_status status,
		 struct error *err)
{
	struct map_area new[5];
	size_t first, last, n = 0;
	uint64_t end;

	if (length == 0 || ADD_OVERFLOW(start, length, &end) || end > map->size)
		return error_set(err, ERR_FORMAT, "%" PRIu64 " bytes from byte %" PRIu64
				 " leave the disk", length, start);
	if (map->n >= MAPFILE_AREAS_MAX)
		return error_set(err, ERR_FORMAT, "the map has too many areas");
	first = mapfile_find(map, start);
	last = mapfile_find(map, end - 1) + 1;
	if (first > 0)
		put(new, &n, map->v[--first]);
	put(new, &n, (struct map_area){ map->v[first + (n > 0)].start, start,
					map->v[first + (n > 0)].status });
	put(new, &n, (struct map_area){ start, end, status });
	put(new, &n, (struct map_area){ end, map->v[last - 1].end, map->v[last - 1].status });
	if (last < map->n)
		put(new, &n, map->v[last++]);
	splice(map, first, last, new, n);
	return 0;
}

uint64_t mapfile_total(const struct mapfile *map, enum map_status status)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < map->n; i++)
		if (map->v[i].status == status)
			sum += map->v[i].end - map->v[i].start;
	return sum;
}

size_t mapfile_count(const struct mapfile *map, enum map_status status)
{
	size_t n = 0;

	for (size_t i = 0; i < map->n; i++)
		n += map->v[i].status == status;
	return n;
}

int mapfile_merge(struct mapfile *map, const struct mapfile *from, struct error *err)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct map_area *a = &from->v[i];

		if (a->status == MAP_FINISHED &&
		    mapfile_mark(map, a->start, a->end - a->start, MAP_FINISHED, err) < 0)
			return -1;
	}
	return 0;
}

void mapfile_clear(struct mapfile *map)
{
	free(map->v);
	*map = (struct mapfile)MAPFILE_INIT;
}
