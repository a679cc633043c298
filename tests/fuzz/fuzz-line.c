// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as a request. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>

#include "lib/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct line line CLEANUP_LINE = LINE_INIT;

	if ((line_read_memory(&line, (const char *)data, size, "fuzz", &err) < 0) !=
	    error_is_set(&err))
		__builtin_trap();
	return 0;
}
