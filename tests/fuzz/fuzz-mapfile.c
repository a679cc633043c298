// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any text as a map of ddrescue. */
#include "config.h"

#include <stdlib.h>

#include "lib/base/alloc.h"
#include "lib/mapfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mapfile map CLEANUP_MAPFILE = MAPFILE_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *text = xmemdup(data, size);
	uint64_t disk = 1 << 30, pos = 0;

	if (mapfile_parse(&map, text, "fuzz", disk, &err) < 0)
		return 0;
	for (size_t i = 0; i < map.n; i++) {
		if (map.v[i].start != pos || map.v[i].end <= pos)
			__builtin_trap();
		pos = map.v[i].end;
	}
	if (pos != disk || map.size != disk)
		__builtin_trap();
	return 0;
}
