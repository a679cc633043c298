// SPDX-License-Identifier: GPL-2.0-or-later
/* One physical computer: which of its facts are missing, and why. */
#include "config.h"

#include <stdarg.h>
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
