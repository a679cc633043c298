// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as the beginning of a volume with swap space. */
#include "config.h"

#include "tests/fuzz/disk.h"

extern const struct usedmap_reader usedmap_swap;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_reader(&usedmap_swap, data, size);
	return 0;
}
