// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as an archive of /proc and /sys. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>

#include "lib/machine.h"
#include "lib/probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct facts f CLEANUP_FACTS = FACTS_INIT;
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;

	if (facts_from_tar(&f, data, size, &err) == 0)
		machine_probe_facts(&m, &f);
	return 0;
}
