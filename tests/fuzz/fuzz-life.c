// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as what a guest writes to its serial port, and as texts of a bundle. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"
#include "lib/life.h"
#include "lib/pin.h"
#include "lib/qemu_machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct life_verdict verdict CLEANUP_LIFE_VERDICT = LIFE_VERDICT_INIT;
	struct strv args CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *text = console_text(data, size);
	CLEANUP_FREE char *last = console_last_lines(text, 5), *raw = xmemdup(data, size);
	struct pin pin = PIN_INIT;

	if (strlen(text) > size || strlen(last) > strlen(text))
		__builtin_trap();
	life_judge(text, "login: *$", &verdict, NULL);
	qemu_args_from_text(raw, &args, NULL);
	pin_from_text(raw, &pin, NULL);
	return 0;
}
