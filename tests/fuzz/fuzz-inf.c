// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: INF files, and programs and catalogs beside them. */
#include "config.h"

#include <string.h>

#include "lib/driver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const ids[] = { "PCI\\VEN_1AF4&DEV_1001", NULL };
	static const struct driver_system systems[] = {
		{ "x86", 5, 1, 2600, false, false }, { "amd64", 10, 0, 19045, true, true },
	};
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct inf inf CLEANUP_INF = INF_INIT;
	struct strv imports CLEANUP_STRV = STRV_INIT;

	pe_arch(data, size);
	pe_signature(data, size);
	pe_imports(data, size, &imports);
	catalog_signature(data, size);
	catalog_is_self_signed(data, size);
	if (inf_parse(&inf, "x.inf", data, size, &err) < 0)
		return 0;
	for (size_t i = 0; i < 2; i++) {
		struct error odd CLEANUP_ERROR = ERROR_INIT;
		struct driver d CLEANUP_DRIVER = DRIVER_INIT;

		driver_from_inf(&inf, "/a/x.inf", &systems[i], ids, &d, &odd);
	}
	return 0;
}
