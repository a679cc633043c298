// SPDX-License-Identifier: GPL-2.0-or-later
/* Bytes of a device of the appliance, with the last blocks kept. */
#include "config.h"

#include <guestfs.h>
#include <stdlib.h>
#include <string.h>

#include "lib/appliance_reader.h"
#include "lib/base/alloc.h"

/* The kept block that holds @at, read if it is not there; NULL if it cannot be read. */
static const char *block_with(struct appliance_reader *r, uint64_t at, size_t *ret_len)
{
	uint64_t start = at - at % APPLIANCE_READER_BLOCK;
	char *data;
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(r->block); i++)
		if (r->block[i].data && r->block[i].at == start) {
			*ret_len = r->block[i].len;
			return r->block[i].data;
		}
	data = guestfs_pread_device(r->app->g, r->device, APPLIANCE_READER_BLOCK, (int64_t)start, &len);
	if (!data)
		return NULL;
	free(r->block[r->next].data);
	r->block[r->next].at = start;
	r->block[r->next].data = data;
	r->block[r->next].len = MIN(len, (size_t)APPLIANCE_READER_BLOCK);
	*ret_len = r->block[r->next].len;
	r->next = (r->next + 1) % ARRAY_SIZE(r->block);
	return data;
}

static int read_bytes(void *ctx, uint64_t at, void *buf, size_t len)
{
	struct appliance_reader *r = ctx;

	for (size_t done = 0, n; done < len; done += n) {
		size_t from = (size_t)((at + done) % APPLIANCE_READER_BLOCK), have = 0;
		const char *data = block_with(r, at + done, &have);

		if (!data || from >= have)
			return -1;
		n = MIN(len - done, have - from);
		memcpy((char *)buf + done, data + from, n);
	}
	return 0;
}

void appliance_reader_begin(struct appliance_reader *ret, const struct appliance *app,
			    const char *device, uint64_t size)
{
	*ret = (struct appliance_reader){ .app = app, .device = device,
					  .reader = { read_bytes, ret, size } };
}

void appliance_reader_clear(struct appliance_reader *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(r->block); i++)
		free(r->block[i].data);
	*r = (struct appliance_reader){ 0 };
}
