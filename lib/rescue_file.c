// SPDX-License-Identifier: GPL-2.0-or-later
/* What was rescued of a disk, packed into a file without holes. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/rescue_file.h"

void rescue_file_begin(struct rescue_file *ret, int fd, const struct ranges *domain)
{
	uint64_t sum = 0;

	*ret = (struct rescue_file){ fd, domain, xcalloc(domain->n + 1, sizeof(uint64_t)) };
	for (size_t i = 0; i < domain->n; i++) {
		ret->before[i] = sum;
		sum += domain->v[i].end - domain->v[i].start;
	}
}

static uint64_t place(const struct rescue_file *f, size_t area, uint64_t start)
{
	return f->before[area] + (start - f->domain->v[area].start);
}

int rescue_file_write(const struct rescue_file *f, uint64_t start, const void *data, size_t len,
		      struct error *err)
{
	size_t area = ranges_find(f->domain, start);
	const uint8_t *from = data;
	uint64_t at;

	if (!ranges_has(f->domain, start, start + len))
		return error_set(err, ERR_FORMAT, "this area was not to be rescued");
	at = place(f, area, start);
	while (len) {
		ssize_t put = pwrite(f->fd, from, len, (off_t)at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return error_sys(err, put < 0 ? errno : ENOSPC, "write what was rescued");
		from += put;
		at += (uint64_t)put;
		len -= (size_t)put;
	}
	return 0;
}

/* The end of the file may come early: behind it nothing was rescued. */
static int read_piece(int fd, uint8_t *to, size_t len, uint64_t at)
{
	while (len) {
		ssize_t got = pread(fd, to, len, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return 0;
		to += got;
		at += (uint64_t)got;
		len -= (size_t)got;
	}
	return 0;
}

static int read_rescued(struct source *s, uint64_t start, void *buf, size_t len)
{
	const struct rescue_file *f = s->own;
	const struct ranges *d = f->domain;
	uint64_t end = start + len;
	int rc = 0;

	memset(buf, 0, len);
	for (size_t i = ranges_find(d, start); i < d->n && d->v[i].start < end && rc == 0; i++) {
		uint64_t from = MAX(d->v[i].start, start), to = MIN(d->v[i].end, end);

		rc = read_piece(f->fd, (uint8_t *)buf + (from - start), (size_t)(to - from),
				place(f, i, from));
	}
	return rc;
}

static uint64_t extent(struct source *s, uint64_t start, bool *ret_zero)
{
	*ret_zero = false;
	return s->data_size - start;
}

static void close_nothing(struct source *s)
{
	(void)s;
}

void rescue_file_source(struct rescue_file *f, uint64_t size, struct source *ret)
{
	static const struct source_ops ops = {
		.read = read_rescued,
		.extent = extent,
		.close = close_nothing,
	};

	*ret = (struct source)SOURCE_INIT;
	ret->name = xstrdup("what was rescued");
	ret->format = "raw";
	ret->size = ret->data_size = size;
	ret->sector_size = 512;
	ret->ops = &ops;
	ret->own = f;
}

void rescue_file_clear(struct rescue_file *f)
{
	free(f->before);
	*f = (struct rescue_file)RESCUE_FILE_INIT;
}
