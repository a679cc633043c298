// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory of this host in pages of 2 MiB. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/hugepages.h"

#define FREE_PAGES "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"

bool hugepages_free(uint64_t bytes)
{
	CLEANUP_FREE char *text = NULL;
	uint64_t pages = 0;

	if (file_read(FREE_PAGES, 64, &text, NULL, NULL) < 0)
		return false;
	text[strcspn(text, "\n")] = '\0';
	return parse_u64(text, 0, UINT64_MAX / HUGEPAGE_SIZE, &pages, NULL) == 0 &&
	       pages >= (bytes + HUGEPAGE_SIZE - 1) / HUGEPAGE_SIZE;
}
