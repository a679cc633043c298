/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_WAYS_H
#define REHOST_WAYS_H

/* Dividing the ways of one cache: disjoint runs of bits, outside those that other agents use. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/problem.h"

/**
 * ways_divide - a run of ways for each of several guests
 * @room:     the cache
 * @want:     number of ways for each guest, more than 0
 * @n:        number of guests, at most GUESTS_MAX
 * @ret_mask: a bit mask for each guest, or NULL to ask only
 *
 * Everybody else keeps one run of at least @room->min_bits ways, shareable ones included.
 *
 * Return: true if there is room.
 * Source: Linux, Documentation/arch/x86/resctrl.rst: masks are contiguous; shareable_bits are used
 * by other agents, too.
 */
bool ways_divide(const struct cache_room *room, const uint32_t *want, size_t n, uint64_t *ret_mask);

#endif
