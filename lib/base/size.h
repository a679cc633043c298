/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_SIZE_H
#define REHOST_BASE_SIZE_H

/* The one parser of integers, of sizes, and their one printed form. */

#include <stdint.h>

#include "lib/base/error.h"

/**
 * parse_u64 - a whole number, decimal or 0x…, and nothing else
 * @s:   text
 * @min: least value allowed
 * @max: greatest value allowed
 * @ret: result, untouched on failure
 * @err: ERR_FORMAT names the text and the range
 */
int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret, struct error *err);

/**
 * parse_size - a number of bytes: 512, 64K, 10M, 2G, 1T (powers of 1024; KiB, MiB … also)
 * @s:   text
 * @ret: size                                            [bytes]
 * @err: ERR_FORMAT if it is no size or does not fit
 */
int parse_size(const char *s, uint64_t *ret, struct error *err);

/** format_size - "1.2 GiB" for people; the caller frees it */
char *format_size(uint64_t bytes);

/** format_duration - "42 s", "3 min 05 s", "2 h 10 min" for people; the caller frees it */
char *format_duration(double seconds);

#endif
