// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: the wrapper of hives, for reading and for writing, and what is asked of SYSTEM. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/hive.h"
#include "lib/windows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void edit(const uint8_t *data, size_t size)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct hive h CLEANUP_HIVE = HIVE_INIT;
	CLEANUP_FREE char *out = NULL;
	size_t len;

	if (hive_open(&h, "SYSTEM", data, size, HIVE_WRITE, &err) < 0 ||
	    hive_set_number(&h, "ControlSet001\\Services\\x", "Start", 0, &err) < 0 ||
	    hive_set_text(&h, "Select", "Current", REG_SZ, "y", &err) < 0 ||
	    hive_drop_key(&h, "ControlSet001\\Control", &err) < 0)
		return;
	hive_finish(&h, &out, &len, &err);
}

static void look(const uint8_t *data, size_t size)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct report r CLEANUP_REPORT = REPORT_INIT;
	struct windows *w = xcalloc(1, sizeof(*w));

	w->system = (struct windows_file){ xstrdup("a"), xmemdup(data, size), size };
	w->software = (struct windows_file){ xstrdup("b"), xmemdup(data, size), size };
	windows_read_hives(w, &r, &err);
	windows_free(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	look(data, size);
	edit(data, size);
	return 0;
}
