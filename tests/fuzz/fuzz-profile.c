// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as a profile of a host that two guests are planned for. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>

#include "lib/base/alloc.h"
#include "lib/machine_check.h"
#include "lib/planner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct partition parts[2] = {
		{ .name = "a", .class = CLASS_RT, .vcpus = 1, .memory = 1 << 20 },
		{ .name = "b", .class = CLASS_SHARED, .vcpus = 2, .mhz = 100, .memory = 1 << 20 },
	};
	struct plan plan = { .partitions = parts, .n_partitions = 2 };
	struct problem p CLEANUP_PROBLEM = PROBLEM_INIT;
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;
	CLEANUP_FREE struct placement *where = xcalloc(2, sizeof(*where));
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct search_result r;

	if (machine_read_memory(&m, (const char *)data, size, "fuzz", &err) < 0)
		return 0;
	machine_check(&m, &report);
	machine_check_planning(&m, &report);
	plan.host = m;
	if (problem_make(&p, &plan, NULL, 0, &err) == 0)
		planner_search(&p, 1000, where, &r);
	return 0;
}
