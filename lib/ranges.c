// SPDX-License-Identifier: GPL-2.0-or-later
/* Sorted lists of byte ranges. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/ranges.h"

size_t ranges_find(const struct ranges *r, uint64_t pos)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->v[mid].end > pos)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* Double the gap that is closed until at most half of the room is taken. */
static void shrink(struct ranges *r)
{
	while (r->n > RANGES_MAX / 2) {
		size_t n = 0;

		r->min_gap = r->min_gap ? r->min_gap * 2 : 4096;
		for (size_t i = 1; i < r->n; i++) {
			if (r->v[i].start - r->v[n].end < r->min_gap)
				r->v[n].end = r->v[i].end;
			else
				r->v[++n] = r->v[i];
		}
		r->n = n + 1;
	}
}

/* Does a range that starts at @start belong to one that ends at @end before it? */
static bool joins(const struct ranges *r, uint64_t end, uint64_t start)
{
	return start <= end || start - end < r->min_gap;
}

static void insert(struct ranges *r, uint64_t start, uint64_t end)
{
	size_t first = ranges_find(r, start), last;

	if (first > 0 && joins(r, r->v[first - 1].end, start))
		first--;
	for (last = first; last < r->n && joins(r, end, r->v[last].start); last++) {
		start = MIN(start, r->v[last].start);
		end = MAX(end, r->v[last].end);
	}
	if (last == first) {
		APPEND(r->v, r->n);
		memmove(&r->v[first + 1], &r->v[first], (r->n - 1 - first) * sizeof(r->v[0]));
	} else if (last > first + 1) {
		memmove(&r->v[first + 1], &r->v[last], (r->n - last) * sizeof(r->v[0]));
		r->n -= last - first - 1;
	}
	r->v[first] = (struct range){ start, end };
}

void ranges_add(struct ranges *r, uint64_t start, uint64_t end)
{
	struct range *last = r->n ? &r->v[r->n - 1] : NULL;

	if (start >= end)
		return;
	if (last && start >= last->start && joins(r, last->end, start))
		last->end = MAX(last->end, end);
	else if (!last || start > last->end)
		*APPEND(r->v, r->n) = (struct range){ start, end };
	else
		insert(r, start, end);
	if (r->n >= RANGES_MAX)
		shrink(r);
}

void ranges_add_all(struct ranges *r, const struct ranges *more)
{
	for (size_t i = 0; i < more->n; i++)
		ranges_add(r, more->v[i].start, more->v[i].end);
}

uint64_t ranges_total(const struct ranges *r)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < r->n; i++)
		sum += r->v[i].end - r->v[i].start;
	return sum;
}

void ranges_common(const struct ranges *a, const struct ranges *b, struct ranges *ret)
{
	for (size_t i = 0, k = 0; i < a->n && k < b->n;) {
		ranges_add(ret, MAX(a->v[i].start, b->v[k].start), MIN(a->v[i].end, b->v[k].end));
		if (a->v[i].end < b->v[k].end)
			i++;
		else
			k++;
	}
}

bool ranges_has(const struct ranges *r, uint64_t start, uint64_t end)
{
	size_t i = ranges_find(r, start);

	return start >= end || (i < r->n && r->v[i].start <= start && r->v[i].end >= end);
}

bool ranges_touch(const struct ranges *r, uint64_t start, uint64_t end)
{
	size_t i = ranges_find(r, start);

	return start < end && i < r->n && r->v[i].start < end;
}

void ranges_clear(struct ranges *r)
{
	free(r->v);
	*r = (struct ranges)RANGES_INIT;
}
