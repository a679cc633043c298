// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as the beginning of a volume with exFAT. */
#include "config.h"

#include "tests/fuzz/disk.h"

extern const struct usedmap_reader usedmap_exfat;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_reader(&usedmap_exfat, data, size);
	return 0;
}
