// SPDX-License-Identifier: GPL-2.0-or-later
/* Sets of CPUs as text and back. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/base/strv.h"
#include "lib/cpulist.h"

uint32_t cpuset_count(const struct cpuset *s)
{
	uint32_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(s->bits); i++)
		n += (uint32_t)__builtin_popcountll(s->bits[i]);
	return n;
}

bool cpuset_overlap(const struct cpuset *a, const struct cpuset *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(a->bits); i++)
		if (a->bits[i] & b->bits[i])
			return true;
	return false;
}

bool cpuset_within(const struct cpuset *a, const struct cpuset *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(a->bits); i++)
		if (a->bits[i] & ~b->bits[i])
			return false;
	return true;
}

static int add_range(struct cpuset *s, char *range, struct error *err)
{
	char *dash = strchr(range, '-');
	uint64_t first = 0, last = 0;

	if (dash)
		*dash = '\0';
	if (parse_u64(range, 0, CPU_MAX - 1, &first, err) < 0)
		return -1;
	last = first;
	if (dash && parse_u64(dash + 1, 0, CPU_MAX - 1, &last, err) < 0)
		return -1;
	if (last < first)
		return error_set(err, ERR_FORMAT, "the range %" PRIu64 "-%" PRIu64
				 " runs backwards", first, last);
	for (uint64_t cpu = first; cpu <= last; cpu++)
		cpuset_add(s, (uint32_t)cpu);
	return 0;
}

int cpulist_parse(const char *text, struct cpuset *ret, struct error *err)
{
	struct strv ranges CLEANUP_STRV = STRV_INIT;
	struct cpuset s = CPUSET_INIT;

	if (text)
		strv_split(&ranges, text, ",");
	for (size_t i = 0; i < ranges.n; i++)
		if (add_range(&s, ranges.v[i], err) < 0)
			return error_wrap(err, "CPU list '%s'", text);
	*ret = s;
	return 0;
}

char *cpulist_format(const struct cpuset *s)
{
	struct strv ranges CLEANUP_STRV = STRV_INIT;

	for (uint32_t cpu = 0; cpu < CPU_MAX; cpu++) {
		uint32_t first = cpu;

		if (!cpuset_has(s, cpu))
			continue;
		while (cpuset_has(s, cpu + 1))
			cpu++;
		if (first == cpu)
			strv_addf(&ranges, "%" PRIu32, first);
		else
			strv_addf(&ranges, "%" PRIu32 "-%" PRIu32, first, cpu);
	}
	return ranges.n ? strv_join(&ranges, ",") : xstrdup("");
}
