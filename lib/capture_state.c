// SPDX-License-Identifier: GPL-2.0-or-later
/* How far the capture of one disk has come. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/capture_state.h"

/* In the byte order of this computer, which the number tells. Behind it: failed, map, image, digest. */
struct head {
	char magic[16];
	uint64_t order, phase, pos, skip, n_failed, map_len, image_len;
	char mask[DIGEST_HEX_SIZE];
};

static const char magic[16] = "rehost state 2\n";
#define ORDER UINT64_C(0x0102030405060708)
enum { STATE_MAX = 256 << 20, FAILED_MAX = MAPFILE_AREAS_MAX };

static uint8_t *put(uint8_t *to, const void *data, size_t len)
{
	if (len)
		memcpy(to, data, len);
	return to + len;
}

int capture_state_write(const struct capture_state *s, const char *path, struct error *err)
{
	CLEANUP_FREE char *map = s->phase == PHASE_COPY ? xstrdup("") : mapfile_text(&s->map);
	struct head h = { .order = ORDER, .phase = s->phase, .pos = s->pos, .skip = s->skip,
			  .n_failed = s->failed.n, .map_len = strlen(map), .image_len = s->image_len };
	size_t failed = s->failed.n * sizeof(s->failed.v[0]);
	size_t len = sizeof(h) + failed + h.map_len + s->image_len;
	CLEANUP_FREE uint8_t *data = xmalloc(len + DIGEST_SIZE);
	uint8_t *at;

	memcpy(h.magic, magic, sizeof(magic));
	memcpy(h.mask, s->mask, sizeof(h.mask));
	at = put(data, &h, sizeof(h));
	at = put(at, s->failed.v, failed);
	at = put(at, map, h.map_len);
	put(at, s->image, s->image_len);
	digest_of(data, len, data + len);
	return file_write(path, data, len + DIGEST_SIZE, OUTFILE_REPLACE, err);
}

static int broken(struct error *err, const char *path)
{
	return error_set(err, ERR_FORMAT, "'%s' is damaged", path);
}

/* The digest says that it is ours; it may be of another disk all the same. */
static int take_failed(struct capture_state *s, const uint8_t *at, uint64_t n, uint64_t size)
{
	for (uint64_t i = 0; i < n; i++) {
		struct range r;

		memcpy(&r, at + i * sizeof(r), sizeof(r));
		if (r.start >= r.end || r.end > size)
			return -1;
		ranges_add(&s->failed, r.start, r.end);
	}
	return 0;
}

static int take(struct capture_state *s, const struct head *h, const uint8_t *at, const char *path,
		uint64_t size, struct error *err)
{
	size_t failed = (size_t)h->n_failed * sizeof(struct range);
	CLEANUP_FREE char *map = xstrndup((const char *)at + failed, (size_t)h->map_len);

	if (take_failed(s, at, h->n_failed, size) < 0)
		return broken(err, path);
	s->phase = h->phase;
	s->pos = h->pos;
	s->skip = h->skip;
	memcpy(s->mask, h->mask, sizeof(s->mask));
	s->mask[DIGEST_HEX_SIZE - 1] = '\0';
	s->image = xmemdup(at + failed + h->map_len, (size_t)h->image_len);
	s->image_len = (size_t)h->image_len;
	return s->phase == PHASE_COPY ? 0 : mapfile_parse(&s->map, map, path, size, err);
}

static bool fits(const struct head *h, size_t len)
{
	return h->n_failed <= FAILED_MAX && h->map_len <= MAPFILE_SIZE_MAX && h->image_len <= STATE_MAX &&
	       h->n_failed * sizeof(struct range) + h->map_len + h->image_len ==
		       len - sizeof(*h) - DIGEST_SIZE;
}

int capture_state_read(struct capture_state *ret, const char *path, uint64_t size, struct error *err)
{
	struct capture_state s CLEANUP_CAPTURE_STATE = CAPTURE_STATE_INIT;
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
	    h.phase > PHASE_DONE || !fits(&h, len))
		return broken(err, path);
	if (take(&s, &h, (const uint8_t *)data + sizeof(h), path, size, err) < 0)
		return -1;
	*ret = s;
	s = (struct capture_state)CAPTURE_STATE_INIT;
	return 0;
}

void capture_state_clear(struct capture_state *s)
{
	ranges_clear(&s->failed);
	mapfile_clear(&s->map);
	free(s->image);
	*s = (struct capture_state)CAPTURE_STATE_INIT;
}
