// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any frame from a guest's network card. */
#include "config.h"

#include <stdint.h>

#include "lib/base/alloc.h"
#include "lib/neighbour.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct neighbour n;
	uint8_t frame[NEIGHBOUR_FRAME];

	if (!neighbour_init(&n, "10.0.2.40/24", "10.0.2.2") ||
	    neighbour_hear(&n, data, size, frame) > sizeof(frame) ||
	    neighbour_ask(&n, frame) > sizeof(frame))
		__builtin_trap();
	return 0;
}
