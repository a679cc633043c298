// SPDX-License-Identifier: GPL-2.0-or-later
/* Sources: one way to open and read a disk, whatever holds it. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/live.h"
#include "lib/source.h"

bool source_is_uri(const char *name)
{
	static const char *const schemes[] = { "nbd://", "nbds://", "nbd+unix://", "nbds+unix://" };

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (strncmp(name, schemes[i], strlen(schemes[i])) == 0)
			return true;
	return false;
}

/* Guests count in sectors: an image that ends within one is seen with zeros up to its end. */
static int check_size(struct source *s, struct error *err)
{
	if (s->data_size == 0) {
		error_set(err, ERR_FORMAT, "'%s' is empty", s->name);
		return error_hint(err, "give a disk or an image that holds something");
	}
	if (s->data_size > INT64_MAX - 511)
		return error_set(err, ERR_FORMAT, "'%s' has an impossible size of %" PRIu64 " bytes",
				 s->name, s->data_size);
	s->size = (s->data_size + 511) & ~UINT64_C(511);
	return 0;
}

static int open_any(struct source *ret, const char *name, const char *keys, unsigned int flags,
		    struct error *err)
{
	struct source s CLEANUP_SOURCE = SOURCE_INIT;
	int rc;

	s.name = xstrdup(name);
	s.keys = keys ? xstrdup(keys) : NULL;
	s.sector_size = 512;
	s.format = "raw";
	if (flags & SOURCE_CLONEZILLA)
		rc = source_open_clonezilla(&s, err);
	else
		rc = source_is_uri(name) ? source_open_uri(&s, err) : source_open_file(&s, flags, err);
	if (rc < 0 || check_size(&s, err) < 0)
		return -1;
	*ret = s;
	s = (struct source)SOURCE_INIT;
	return 0;
}

int source_open(struct source *ret, const char *name, unsigned int flags, struct error *err)
{
	return open_any(ret, name, NULL, flags, err);
}

int source_open_served(struct source *ret, const char *uri, const char *keys, struct error *err)
{
	return open_any(ret, uri, keys, 0, err);
}

/* The part of a range that holds data; the rest becomes zeros. */
static size_t clip(const struct source *s, uint64_t start, uint8_t *buf, size_t len)
{
	size_t have = start >= s->data_size ? 0 : (size_t)MIN(s->data_size - start, (uint64_t)len);

	memset(buf + have, 0, len - have);
	return have;
}

/* The area of the mask that holds @start ends here. */
static uint64_t mask_end(const struct source *s, uint64_t start, bool *ret_readable)
{
	const struct map_area *a = &s->mask->v[mapfile_find(s->mask, start)];

	*ret_readable = a->status == MAP_FINISHED;
	return a->end;
}

bool source_is_masked(const struct source *s, uint64_t start, size_t len)
{
	bool readable = true;

	return s->mask &&
	       (mask_end(s, start, &readable) < start + len || readable == (s->had != NULL));
}

/* What was read before comes from where it was kept, the rest from the disk. */
static int read_by_mask(struct source *s, uint64_t start, uint8_t *buf, size_t len)
{
	int rc = 0;

	while (len && rc == 0) {
		bool finished = false;
		uint64_t end = MIN(mask_end(s, start, &finished), start + len);
		size_t part = (size_t)(end - start);

		if (finished && end <= s->had->data_size)
			rc = source_try_read(s->had, start, buf, part);
		else
			rc = s->ops->read(s, start, buf, part);
		start += part;
		buf += part;
		len -= part;
	}
	return rc;
}

static int read_somewhere(struct source *s, uint64_t start, void *buf, size_t len)
{
	size_t have = clip(s, start, buf, len);
	int rc;

	if (s->had)
		return have ? read_by_mask(s, start, buf, have) : 0;
	if (source_is_masked(s, start, len))
		return -EIO;
	if (have == 0)
		return 0;
	rc = s->ops->read(s, start, buf, have);
	return rc == 0 && s->live ? live_read(s->live, start, buf, have) : rc;
}

int source_try_read(struct source *s, uint64_t start, void *buf, size_t len)
{
	int rc = read_somewhere(s, start, buf, len);

	s->failures += rc < 0;
	return rc;
}

int source_read(struct source *s, uint64_t start, void *buf, size_t len, struct error *err)
{
	int rc = source_try_read(s, start, buf, len);

	if (rc < 0)
		return error_sys(err, -rc, "read '%s' at byte %" PRIu64, s->name, start);
	return 0;
}

uint64_t source_extent(struct source *s, uint64_t start, bool *ret_zero)
{
	bool readable = true;
	uint64_t len, end = s->mask ? mask_end(s, start, &readable) : s->size;

	*ret_zero = (readable || s->had) && start >= s->data_size;
	if (start >= s->data_size || (!readable && !s->had))
		return end - start;
	if (readable && s->had && end <= s->had->data_size)
		return MIN(source_extent(s->had, start, ret_zero), end - start);
	len = s->ops->extent(s, start, ret_zero);
	end = MIN(end, s->data_size);
	return len ? MIN(len, end - start) : 1;
}

void source_forget(struct source *s, uint64_t start, uint64_t len)
{
	if (s->fd >= 0)
		posix_fadvise(s->fd, (off_t)start, (off_t)len, POSIX_FADV_DONTNEED);
}

void source_close(struct source *s)
{
	if (s->ops)
		s->ops->close(s);
	child_stop(&s->server);
	cleanup_close(&s->fd);
	cleanup_close(&s->direct_fd);
	ranges_clear(&s->known);
	free(s->socket_dir);
	free(s->name);
	free(s->keys);
	free(s->model);
	free(s->serial);
	*s = (struct source)SOURCE_INIT;
}
