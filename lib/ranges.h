/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_RANGES_H
#define REHOST_RANGES_H

/*
 * Ranges of a disk: sorted, apart from each other, in bytes.
 *
 * The list is bounded: when a hostile or very fragmented disk would make it too long, the smallest
 * gaps are closed. Closing a gap only ever adds bytes, so that a list of used areas stays a superset
 * of what is in use.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RANGES_MAX = 1 << 18 };

struct range {
	uint64_t start, end;	/* [bytes], end excluded */
};

struct ranges {
	struct range *v;
	size_t n;
	uint64_t min_gap;	/* gaps below this are closed [bytes] */
};

#define RANGES_INIT { NULL, 0, 0 }

/** ranges_add - add a range; quick when it lies behind all others; an empty one is ignored */
void ranges_add(struct ranges *r, uint64_t start, uint64_t end);

/** ranges_add_all - all ranges of another list */
void ranges_add_all(struct ranges *r, const struct ranges *more);

/** ranges_find - index of the first range that ends behind @pos; r->n if there is none */
size_t ranges_find(const struct ranges *r, uint64_t pos);

/** ranges_total - bytes in all ranges */
uint64_t ranges_total(const struct ranges *r);

/** ranges_common - what is in both lists, added to @ret */
void ranges_common(const struct ranges *a, const struct ranges *b, struct ranges *ret);

/** ranges_has - is every byte of the range in the list? */
bool ranges_has(const struct ranges *r, uint64_t start, uint64_t end);

/** ranges_touch - is any byte of the range in the list? */
bool ranges_touch(const struct ranges *r, uint64_t start, uint64_t end);

void ranges_clear(struct ranges *r);

#define CLEANUP_RANGES __attribute__((cleanup(ranges_clear)))

#endif
