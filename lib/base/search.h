/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_SEARCH_H
#define REHOST_BASE_SEARCH_H

/* Finding a place in a sorted array. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * find_last_from - index of the last element that begins at @pos or before
 * @array:  elements whose first member is a uint64_t, ascending
 * @n:      number of them, at least 1
 * @stride: size of one                                  [bytes]
 * @pos:    what is looked for
 *
 * Return: 0 also when the first element begins behind @pos.
 */
static inline size_t find_last_from(const void *array, size_t n, size_t stride, uint64_t pos)
{
	size_t low = 0, high = n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;
		uint64_t begins;

		memcpy(&begins, (const char *)array + mid * stride, sizeof(begins));
		if (begins <= pos)
			low = mid;
		else
			high = mid;
	}
	return low;
}

#endif
