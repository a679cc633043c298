// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: what a registry answers: manifests, configurations, what it wants first. */
#include "config.h"

#include <stdint.h>

#include "lib/artifact.h"
#include "lib/base/alloc.h"
#include "lib/registry_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct challenge c CLEANUP_CHALLENGE = CHALLENGE_INIT;
	CLEANUP_FREE char *text = xmemdup(data, size);
	struct artifact a;

	if (!artifact_check("fuzz", text, size, text, size, &a, &report) && report.n_findings == 0)
		__builtin_trap();	/* not read, and nobody says why */
	artifact_check_head("fuzz", "qcow2", data, size, &report);
	if (challenge_parse(text, &c) && c.bearer && !c.realm)
		__builtin_trap();
	return 0;
}
