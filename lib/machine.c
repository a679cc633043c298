// SPDX-License-Identifier: GPL-2.0-or-later
/* One physical computer: which of its facts are missing, and why. */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/machine.h"

bool machine_runs(const struct machine *m, enum word word)
{
	if (m->arch && word == WORD_ARM64)
		return strcmp(m->arch, "aarch64") == 0;
	return !m->arch || strcmp(m->arch, "x86_64") == 0 || strcmp(m->arch, "i686") == 0;
}

const char *machine_lacks(const struct machine *m, const char *fact)
{
	for (size_t i = 0; i < m->n_missing; i++)
		if (strcmp(m->missing[i].fact, fact) == 0)
			return m->missing[i].why;
	return NULL;
}

void machine_miss(struct machine *m, const char *fact, const char *why, ...)
{
	struct machine_missing *missing;
	va_list ap;

	if (machine_lacks(m, fact))
		return;
	missing = APPEND(m->missing, m->n_missing);
	missing->fact = xstrdup(fact);
	va_start(ap, why);
	missing->why = xvasprintf(why, ap);
	va_end(ap);
}

static void found(struct machine *m, const char *fact)
{
	for (size_t i = 0; i < m->n_missing; i++) {
		if (strcmp(m->missing[i].fact, fact) != 0)
			continue;
		free(m->missing[i].fact);
		free(m->missing[i].why);
		m->missing[i] = m->missing[--m->n_missing];
		return;
	}
}

/* No zone is nearer to UTC than an hour, and none farther than 14; a clock goes wrong by some minutes in a year. */
void machine_compare_clock(struct machine *m, uint64_t hardware, uint64_t now)
{
	enum { QUARTER = 900, HOUR = 3600, FARTHEST = 14 * HOUR, DRIFT = 300 };
	int64_t off = (int64_t)hardware - (int64_t)now, rounded;

	found(m, "clock-offset");
	if (llabs(off) > FARTHEST + DRIFT) {
		machine_miss(m, "clock-offset", "the hardware clock is %" PRId64 " seconds off, which is no time zone", off);
		return;
	}
	rounded = (off + (off < 0 ? -QUARTER / 2 : QUARTER / 2)) / QUARTER * QUARTER;
	m->rtc_offset = xasprintf("%" PRId64, rounded);
	if (llabs(off - rounded) <= DRIFT && (rounded == 0 || llabs(rounded) >= HOUR))
		m->rtc_guess = xstrdup(rounded ? "localtime" : "utc");
	else
		machine_miss(m, "clock-guess", "the hardware clock is %" PRId64 " seconds off, which is no time zone", off);
}

void machine_take_clock(struct machine *m, const struct machine *from)
{
	static const char *const facts[] = { "clock-offset", "clock-guess" };

	free(m->rtc_offset);
	free(m->rtc_guess);
	m->rtc_offset = from->rtc_offset ? xstrdup(from->rtc_offset) : NULL;
	m->rtc_guess = from->rtc_guess ? xstrdup(from->rtc_guess) : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		const char *why = machine_lacks(from, facts[i]);

		found(m, facts[i]);
		if (why)
			machine_miss(m, facts[i], "%s", why);
	}
}
