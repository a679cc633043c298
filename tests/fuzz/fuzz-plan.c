// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as a plan and, behind a 0 byte, the profile that it is verified against. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/plan_verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct plan plan CLEANUP_PLAN = PLAN_INIT;
	const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
	size_t len = zero ? (size_t)(zero - data) : size;

	if (plan_read_memory(&plan, (const char *)data, len, "fuzz", &err) < 0)
		return 0;
	if (zero && machine_read_memory(&plan.host, (const char *)zero + 1, size - len - 1, "fuzz",
					&err) < 0)
		return 0;
	plan_verify(&plan, &report);
	return 0;
}
