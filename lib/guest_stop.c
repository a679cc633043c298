// SPDX-License-Identifier: GPL-2.0-or-later
/* How a guest is stopped: its power button, or what it has in place of one. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/guest_stop.h"

void guest_stop_in_place(const char *text, unsigned int grace_s, struct guest_stop *ret)
{
	uint64_t delay = 0;

	*ret = (struct guest_stop){ .button = false };
	if (strncmp(text, "keys ", 5) == 0) {
		ret->keys = text + 5;
		delay = STOP_KEYS_SECONDS;
	} else if (strncmp(text, "delay ", 6) == 0 && parse_u64(text + 6, 0, 9999, &delay, NULL) < 0) {
		delay = 0;
	}
	ret->seconds = (unsigned int)MIN(delay, (uint64_t)grace_s);
}

const char *guest_stop_text(const struct guest *g)
{
	return g->legacy.present ? g->legacy.stop : NULL;
}

void guest_stop_of(const struct guest *g, unsigned int grace_s, struct guest_stop *ret)
{
	const char *text = guest_stop_text(g);

	if (text)
		guest_stop_in_place(text, grace_s, ret);
	else
		*ret = (struct guest_stop){ .button = g->acpi, .seconds = g->acpi ? grace_s : 0 };
}
