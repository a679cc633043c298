// SPDX-License-Identifier: GPL-2.0-or-later
/* The hardware clock, and whether it holds UTC or the time of its place. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/probe.h"

#define RTC "sys/class/rtc/rtc0"

static bool is_time(const char *text)
{
	unsigned int n[6];
	int end = 0;

	return sscanf(text, "%4u-%2u-%2u %2u:%2u:%2u%n", &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &end) == 6 &&
	       strlen(text) == 19 && end == 19;
}

/* The clock of a system that sets it: of this computer now, of another one when its files were kept. */
static bool system_clock(const struct facts *f, uint64_t *ret_hardware, uint64_t *ret_now)
{
	CLEANUP_FREE char *kept = facts_read(f, "rehost/clocks", NULL);

	*ret_hardware = probe_u64(f, 0, RTC "/since_epoch");
	*ret_now = (uint64_t)time(NULL);
	return f->live ? *ret_hardware > 0
		: kept && sscanf(kept, "hardware %" SCNu64 " system %" SCNu64, ret_hardware, ret_now) == 2 &&
		  *ret_hardware < INT64_MAX && *ret_now < INT64_MAX;
}

void probe_clock(const struct facts *f, struct machine *m)
{
	CLEANUP_FREE char *date = probe_text(f, RTC "/date"), *clock = probe_text(f, RTC "/time");
	CLEANUP_FREE char *both = date && clock ? xasprintf("%s %s", date, clock) : NULL;
	uint64_t hardware = 0, now = 0;

	if (!both || !is_time(both)) {
		machine_miss(m, "clock", "no " RTC ": the kernel found no hardware clock");
		machine_miss(m, "clock-offset", "the hardware clock is not known");
		return;
	}
	/* of a host that goes on running it says nothing */
	if (!f->live || m->looked_by)
		m->rtc = STEAL(both);
	if (m->looked_by)
		machine_miss(m, "clock-offset", "the medium took its time from the hardware clock, and had no other to compare");
	else if (system_clock(f, &hardware, &now))
		machine_compare_clock(m, hardware, now);
	else
		machine_miss(m, "clock-offset", "nothing says what the time was then");
}
