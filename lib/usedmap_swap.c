// SPDX-License-Identifier: GPL-2.0-or-later
/* Swap space of Linux: only its first page says anything after the next start. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/usedmap.h"

enum { PAGE_MIN = 4096, PAGE_MAX = 65536, MAGIC_SIZE = 10, INFO = 1024 };

/* The signature stands at the end of the first page, and pages differ; 0: no swap space. */
static size_t page_size(const uint8_t *head)
{
	for (size_t page = PAGE_MIN; page <= PAGE_MAX; page *= 2)
		if (memcmp(head + page - MAGIC_SIZE, "SWAPSPACE2", MAGIC_SIZE) == 0)
			return page;
	return 0;
}

static bool looks_like(const uint8_t *head)
{
	return page_size(head) != 0;
}

/* A sleeping system has another signature (S1SUSPEND) and is therefore not recognised here. */
static int read_swap(const struct volume *v, struct ranges *ret_used, uint64_t *ret_end,
		     struct error *err)
{
	CLEANUP_FREE uint8_t *head = xcalloc(USEDMAP_HEAD, 1);
	uint64_t page, pages;

	if (volume_read(v, 0, head, (size_t)MIN(v->size, (uint64_t)USEDMAP_HEAD), err) < 0)
		return -1;
	page = page_size(head);
	pages = (uint64_t)get_le32(head + INFO + 4) + 1;
	if (page == 0 || get_le32(head + INFO) != 1 || pages < 2 || pages * page > v->size)
		return error_set(err, ERR_FORMAT, "the header of the swap space is damaged");
	ranges_add(ret_used, 0, page);
	*ret_end = pages * page;
	return 0;
}

const struct usedmap_reader usedmap_swap = {
	.name = "swap",
	.looks_like = looks_like,
	.read = read_swap,
};
