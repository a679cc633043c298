/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_SCHEMAS_H
#define REHOST_BASE_SCHEMAS_H

/* The files of schemas/, built into the program by build-aux/embed-schemas. */

#include <stddef.h>

struct schema {
	const char *name;
	const char *text;
	size_t len;
};

extern const struct schema schemas[];	/* ends with a NULL name */

#endif
