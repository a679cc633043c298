// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers and sizes: text to value and value to text. */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"

/* strtoull() takes signs and blanks; a field of a document must not. */
static int leading_number(const char *s, const char **end, uint64_t *ret)
{
	int base = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? 16 : 10;
	char *stop = NULL;

	if (!isdigit((unsigned char)s[0]))
		return -1;
	errno = 0;
	*ret = strtoull(s, &stop, base);
	*end = stop;
	return errno ? -1 : 0;
}

int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret, struct error *err)
{
	const char *end = s;
	uint64_t value = 0;

	if (leading_number(s, &end, &value) < 0 || *end)
		return error_set(err, ERR_FORMAT, "'%s' is not a whole number", s);
	if (value < min || value > max)
		return error_set(err, ERR_FORMAT,
				 "%s is out of range (%" PRIu64 " to %" PRIu64 ")", s, min, max);
	*ret = value;
	return 0;
}

static const char units[] = "KMGTPE";

static int not_a_size(const char *s, struct error *err)
{
	error_set(err, ERR_FORMAT, "'%s' is not a size", s);
	return error_hint(err, "write a number of bytes, or a number with K, M, G or T: 512M");
}

int parse_size(const char *s, uint64_t *ret, struct error *err)
{
	const char *end = s, *unit;
	uint64_t value = 0;
	unsigned int shift = 0;

	if (leading_number(s, &end, &value) < 0)
		return not_a_size(s, err);
	unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	if (unit) {
		shift = 10 * (unsigned int)(unit - units + 1);
		end++;
		if (strcasecmp(end, "iB") == 0)
			end += 2;
	}
	if (strcmp(end, "B") == 0)
		end++;
	if (*end)
		return not_a_size(s, err);
	if (MUL_OVERFLOW(value, UINT64_C(1) << shift, &value))
		return error_set(err, ERR_FORMAT, "size '%s' is too large", s);
	*ret = value;
	return 0;
}

char *format_size(uint64_t bytes)
{
	double value = (double)bytes;
	size_t unit = 0;

	if (bytes < 1024)
		return xasprintf("%" PRIu64 " B", bytes);
	for (value /= 1024; value >= 1024 && units[unit + 1]; value /= 1024)
		unit++;
	return xasprintf(value < 10 ? "%.1f %ciB" : "%.0f %ciB", value, units[unit]);
}

char *format_duration(double seconds)
{
	unsigned long s = seconds < 0 ? 0 : (unsigned long)(seconds + 0.5);

	if (seconds < 10)
		return xasprintf("%.1f s", seconds < 0 ? 0 : seconds);
	if (s < 60)
		return xasprintf("%lu s", s);
	if (s < 3600)
		return xasprintf("%lu min %02lu s", s / 60, s % 60);
	return xasprintf("%lu h %02lu min", s / 3600, s / 60 % 60);
}
