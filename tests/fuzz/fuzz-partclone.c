// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as an image of partclone, packed or not, and as the texts of a folder of Clonezilla. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>

#include "lib/base/alloc.h"
#include "lib/clonezilla.h"
#include "lib/partclone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { READ = 65536, READS = 32 };

/* Forward in use by use, then the beginning again. */
static void read_some(struct partclone *p)
{
	CLEANUP_FREE uint8_t *buf = xmalloc(READ);
	uint64_t at = 0;

	for (int i = 0; i < READS && at < p->size; i++) {
		bool used = false;
		uint64_t len = partclone_extent(p, at, &used);

		if (len == 0)
			__builtin_trap();
		partclone_read(p, at, buf, (size_t)MIN(len, (uint64_t)READ));
		at += len;
	}
	partclone_read(p, 0, buf, (size_t)MIN(p->size, (uint64_t)READ));
	partclone_read(p, p->size - 1, buf, 1);
}

static void read_table(const char *text)
{
	struct clonezilla_part *parts = NULL;
	struct clonezilla c CLEANUP_CLONEZILLA = CLONEZILLA_INIT;
	size_t n = 0;

	if (clonezilla_parts(text, 512, &parts, &n, NULL) == 0)
		clonezilla_chain(parts, n, NULL, &c, NULL);
	clonezilla_parts_free(parts, n);
	free(clonezilla_swap_page(1 << 20, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_stream stream CLEANUP_IMAGE_STREAM = IMAGE_STREAM_INIT;
	struct partclone p CLEANUP_PARTCLONE = PARTCLONE_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *text = xmemdup(data, size);
	int rc;

	read_table(text);
	stream.memory = data;
	stream.memory_len = size;
	rc = partclone_open(&p, &stream, &err);
	if ((rc < 0) != error_is_set(&err))
		__builtin_trap();
	if (rc == 0)
		read_some(&p);
	return 0;
}
