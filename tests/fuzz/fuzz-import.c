// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as a board.xml, an EVE model, lstopo's XML or libvirt's capabilities. */
#include "config.h"

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/alloc.h"
#include "lib/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;
	CLEANUP_FREE char *text = xmemdup(data, size);
	struct json_object *o;

	if (machine_import_memory(&m, text, size, "fuzz", &err) < 0)
		return 0;
	o = machine_to_json(&m);
	json_object_put(o);
	return 0;
}
