// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as the export of a load. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>

#include "lib/base/alloc.h"
#include "lib/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *text = xmemdup(data, size);
	struct load load;

	load_read_memory(&load, text, size, "fuzz", &err);
	return 0;
}
