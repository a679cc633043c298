// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as a boot record and as the beginning of a volume; everything on FAT is read. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/disk_head.h"
#include "lib/family.h"

struct head_bytes {
	const uint8_t *data;
	size_t size;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Behind the bytes the disk is zero. */
static int input_read(void *ctx, uint64_t at, void *buf, size_t len)
{
	const struct head_bytes *in = ctx;

	memset(buf, 0, len);
	if (at < in->size)
		memcpy(buf, in->data + at, MIN(len, in->size - (size_t)at));
	return 0;
}

static void read_all(const struct fatfs *fs)
{
	struct strv names CLEANUP_STRV = STRV_INIT;
	enum { FILES = 64 };

	if (fatfs_list(fs, "", &names, NULL) < 0)
		return;
	for (size_t i = 0; i < names.n && i < FILES; i++) {
		CLEANUP_FREE char *text = NULL;
		size_t len = 0;

		if (fatfs_read(fs, names.v[i], 4096, &text, &len, NULL) == 0 && len > 4096)
			__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct head_bytes in = { data, size };
	struct reader r = { input_read, &in, 4 << 20 };
	struct disk_head h CLEANUP_DISK_HEAD = { 0 };
	struct ranges areas CLEANUP_RANGES = RANGES_INIT, clusters CLEANUP_RANGES = RANGES_INIT;
	struct strv names CLEANUP_STRV = STRV_INIT;
	uint8_t sector[512];
	struct boot_record record;

	input_read(&in, 0, sector, sizeof(sector));
	boot_record_parse(&record, sector);
	disk_head_read(&h, &r, size > 4 ? data[4] : 0);
	if (h.id && !guest_family_find(h.id))
		__builtin_trap();
	if (h.fat.reader) {
		read_all(&h.fat);
		ranges_add(&areas, h.fat.data + h.fat.cluster * 5, h.fat.data + h.fat.cluster * 9);
		fatfs_files_in(&h.fat, &areas, &names, &clusters, NULL);
	}
	return 0;
}
