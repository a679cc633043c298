// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of hypervisors that cannot run an old PC. */
#include "config.h"

#include <string.h>

#include "lib/target/refused.h"

const struct refused_target refused_targets[] = {
#define REFUSED(...) { __VA_ARGS__ },
#include "lib/target/refused.def"
#undef REFUSED
	{ NULL, NULL, NULL, NULL },
};

const struct refused_target *refused_target_find(const char *name)
{
	for (const struct refused_target *r = refused_targets; r->name; r++)
		if (strcmp(r->name, name) == 0)
			return r;
	return NULL;
}
