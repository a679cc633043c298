// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as a document of any kind. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>

#include "lib/base/schemas.h"
#include "lib/base/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (const struct schema *s = schemas; s->name; s++) {
		struct error err CLEANUP_ERROR = ERROR_INIT;
		xmlDoc *doc CLEANUP_XMLDOC =
			xml_read_memory((const char *)data, size, "fuzz", s->name, &err);

		/* exactly one of document and error */
		if (!doc == !error_is_set(&err))
			__builtin_trap();
	}
	return 0;
}
