// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as a disk with partitions, volumes and file systems. */
#include "config.h"

#include "tests/fuzz/disk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source s CLEANUP_SOURCE = fuzz_disk(data, size);
	struct usedmap map CLEANUP_USEDMAP = USEDMAP_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	/* a damaged disk is no error */
	if (usedmap_read(&map, &s, &err) < 0)
		__builtin_trap();
	fuzz_check_ranges(&map.used, s.size);
	/* the sector with the table belongs to no volume, or to one that is looked at from its start */
	if (!ranges_has(&map.used, 0, 512))
		__builtin_trap();
	return 0;
}
