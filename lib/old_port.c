// SPDX-License-Identifier: GPL-2.0-or-later
/* Which port of an old PC is meant by COM2 or LPT1. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/old_port.h"

struct scheme {
	const char *prefix;
	uint64_t first;		/* number of the first port */
};

static const struct scheme serial_schemes[] = { { "COM", 1 }, { "ttyS", 0 }, { NULL, 0 } };
static const struct scheme parallel_schemes[] = { { "LPT", 1 }, { "parport", 0 }, { "lp", 0 },
						  { NULL, 0 } };

/* Source: IBM PC/AT technical reference, "Serial/parallel adapter"; the BIOS data area from 0x400. */
static const uint64_t com_address[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };

/* The how manyth port is this, from 0? UINT64_MAX: the name does not tell. */
static uint64_t number_of(const struct scheme *s, const char *name)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	uint64_t n;

	for (; s->prefix; s++) {
		size_t len = strlen(s->prefix);

		if (strncasecmp(name, s->prefix, len) == 0 &&
		    parse_u64(name + len, s->first, 255, &n, &err) == 0)
			return n - s->first;
	}
	return UINT64_MAX;
}

unsigned int old_port_com(uint64_t address)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(com_address); i++)
		if (com_address[i] == address)
			return i + 1;
	return 0;
}

static const char *find_serial(const struct guest *g, const char *role)
{
	uint64_t n = number_of(serial_schemes, role);

	for (size_t i = 0; i < g->n_serials; i++)
		if (strcmp(g->serials[i].old, role) == 0)
			return g->serials[i].old;
	for (size_t i = 0; i < g->n_serials && strncasecmp(role, "COM", 3) == 0; i++)
		if (n < ARRAY_SIZE(com_address) && old_port_com(g->serials[i].port) == n + 1)
			return g->serials[i].old;
	for (size_t i = 0; i < g->n_serials && n != UINT64_MAX; i++)
		if (number_of(serial_schemes, g->serials[i].old) == n)
			return g->serials[i].old;
	return NULL;
}

static const char *find_parallel(const struct guest *g, const char *role)
{
	uint64_t n = number_of(parallel_schemes, role);

	for (size_t i = 0; i < g->n_parallels; i++)
		if (strcmp(g->parallels[i].old, role) == 0)
			return g->parallels[i].old;
	for (size_t i = 0; i < g->n_parallels && n != UINT64_MAX; i++)
		if (number_of(parallel_schemes, g->parallels[i].old) == n)
			return g->parallels[i].old;
	return NULL;
}

const char *old_port_find(const struct guest *g, const char *kind, const char *role)
{
	if (strcmp(kind, "serial") == 0)
		return find_serial(g, role);
	return strcmp(kind, "parallel") == 0 ? find_parallel(g, role) : NULL;
}
