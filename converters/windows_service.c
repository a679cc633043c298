// SPDX-License-Identifier: GPL-2.0-or-later
/* Which program of the first boot a system gets. */
#include "config.h"

#include <string.h>

#include "converters/windows_service.h"

const struct windows_program *windows_service_for(const char *arch)
{
	for (const struct windows_program *p = windows_programs; p->arch; p++)
		if (strcmp(p->arch, arch) == 0)
			return p;
	return NULL;
}
