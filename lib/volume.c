// SPDX-License-Identifier: GPL-2.0-or-later
/* Volumes: pieces of a disk that are read as one. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "lib/base/alloc.h"
#include "lib/base/search.h"
#include "lib/volume.h"

void volume_begin(struct volume *ret, struct source *source, const char *name)
{
	*ret = (struct volume){ .source = source, .name = xstrdup(name) };
}

static int append(struct volume *v, uint64_t start, uint64_t size, struct error *err)
{
	struct segment *last = v->n ? &v->v[v->n - 1] : NULL;

	if (last && last->start + last->size == start) {
		last->size += size;
	} else if (v->n >= VOLUME_SEGMENTS_MAX) {
		return error_set(err, ERR_FORMAT, "%s has too many segments", v->name);
	} else {
		*APPEND(v->v, v->n) = (struct segment){ v->size, start, size };
	}
	v->size += size;
	return 0;
}

/* Index of the segment that holds byte @at of the volume. */
static size_t find(const struct volume *v, uint64_t at)
{
	return find_last_from(v->v, v->n, sizeof(v->v[0]), at);
}

int volume_add(struct volume *v, const struct volume *outer, uint64_t start, uint64_t size,
	       struct error *err)
{
	uint64_t room = outer ? outer->size : v->source->size, end, total;

	if (ADD_OVERFLOW(start, size, &end) || end > room || ADD_OVERFLOW(v->size, size, &total))
		return error_set(err, ERR_FORMAT, "%s leaves its disk", v->name);
	if (!outer)
		return append(v, start, size, err);
	while (size) {
		const struct segment *s = &outer->v[find(outer, start)];
		uint64_t skip = start - s->at, part = MIN(size, s->size - skip);

		if (append(v, s->start + skip, part, err) < 0)
			return -1;
		start += part;
		size -= part;
	}
	return 0;
}

int volume_read(const struct volume *v, uint64_t start, void *buf, size_t len, struct error *err)
{
	uint8_t *to = buf;
	uint64_t end;

	if (ADD_OVERFLOW(start, (uint64_t)len, &end) || end > v->size)
		return error_set(err, ERR_FORMAT, "byte %" PRIu64 " lies behind its end", start);
	while (len) {
		const struct segment *s = &v->v[find(v, start)];
		uint64_t skip = start - s->at;
		size_t part = (size_t)MIN((uint64_t)len, s->size - skip);

		if (source_read(v->source, s->start + skip, to, part, err) < 0)
			return -1;
		to += part;
		start += part;
		len -= part;
	}
	return 0;
}

void volume_clear(struct volume *v)
{
	free(v->name);
	free(v->v);
	*v = (struct volume)VOLUME_INIT;
}
