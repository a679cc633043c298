// SPDX-License-Identifier: GPL-2.0-or-later
/* How far the capture of one disk has come. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/digest.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/capture_state.h"

/* In the byte order of this computer, which the number tells. */
struct head {
	char magic[16];
	uint64_t order, phase, pos, skip, failed, image_len;
};

static const char magic[16] = "rehost state 1\n";
#define ORDER UINT64_C(0x0102030405060708)
enum { STATE_MAX = 64 << 20 };

int capture_state_write(const struct capture_state *s, const char *path, struct error *err)
{
	struct head h = { .order = ORDER, .phase = s->phase, .pos = s->pos, .skip = s->skip,
			  .failed = s->failed, .image_len = s->image_len };
	size_t len = sizeof(h) + s->image_len;
	CLEANUP_FREE uint8_t *data = xmalloc(len + DIGEST_SIZE);

	memcpy(h.magic, magic, sizeof(magic));
	memcpy(data, &h, sizeof(h));
	if (s->image_len)
		memcpy(data + sizeof(h), s->image, s->image_len);
	digest_of(data, len, data + len);
	return file_write(path, data, len + DIGEST_SIZE, OUTFILE_REPLACE, err);
}

int capture_state_read(struct capture_state *ret, const char *path, struct error *err)
{
	CLEANUP_FREE char *data = NULL;
	uint8_t sum[DIGEST_SIZE];
	struct head h;
	size_t len;

	if (file_read(path, STATE_MAX, &data, &len, err) < 0)
		return -1;
	if (len < sizeof(h) + DIGEST_SIZE)
		return error_set(err, ERR_FORMAT, "'%s' is cut short", path);
	memcpy(&h, data, sizeof(h));
	digest_of(data, len - DIGEST_SIZE, sum);
	if (memcmp(sum, data + len - DIGEST_SIZE, DIGEST_SIZE) != 0 ||
	    memcmp(h.magic, magic, sizeof(magic)) != 0 || h.order != ORDER ||
	    h.phase > PHASE_DONE || h.image_len != len - sizeof(h) - DIGEST_SIZE)
		return error_set(err, ERR_FORMAT, "'%s' is damaged", path);
	*ret = (struct capture_state){ h.phase, h.pos, h.skip, h.failed,
				       xmemdup(data + sizeof(h), h.image_len), h.image_len };
	return 0;
}

void capture_state_clear(struct capture_state *s)
{
	free(s->image);
	*s = (struct capture_state)CAPTURE_STATE_INIT;
}
