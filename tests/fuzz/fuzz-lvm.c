// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any text as the metadata of LVM. */
#include "config.h"

#include <stdlib.h>

#include "lib/base/alloc.h"
#include "lib/lvm_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lvm_node top CLEANUP_LVM_NODE = LVM_NODE_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *text = xmemdup(data, size);

	if ((lvm_text_parse(&top, text, &err) < 0) != error_is_set(&err))
		__builtin_trap();
	return 0;
}
