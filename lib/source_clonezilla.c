// SPDX-License-Identifier: GPL-2.0-or-later
/* Sources that are a disk in a folder of Clonezilla: read as it was, unpacked on the way. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/clonezilla.h"
#include "lib/partclone.h"
#include "lib/source.h"

enum { HEAD = 16 };

/* What an area of the layout is read with. */
struct reader {
	struct image_stream stream;
	struct partclone image;		/* if it is one: image.bitmap is set   */
	uint64_t broken;		/* else: from this byte on it cannot be read */
	int fd;
};

struct folder_disk {
	struct clonezilla layout;
	struct reader *readers;		/* one for each area */
};

static void close_folder(struct source *s)
{
	struct folder_disk *d = s->own;

	for (size_t i = 0; d->readers && i < d->layout.n_areas; i++) {
		partclone_clear(&d->readers[i].image);
		image_stream_clear(&d->readers[i].stream);
		cleanup_close(&d->readers[i].fd);
	}
	clonezilla_clear(&d->layout);
	free(d->readers);
	free(d);
	s->own = NULL;
}

static int read_file(struct reader *r, const struct clonezilla_area *a, uint64_t at, uint8_t *to, size_t len)
{
	if (r->fd < 0)
		r->fd = open(a->file, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		return -errno;
	return pread(r->fd, to, len, (off_t)at) == (ssize_t)len ? 0 : -EIO;
}

/* The bytes of a partition, packed: what is damaged is not tried again. */
static int read_stream(struct reader *r, uint64_t at, uint8_t *to, size_t len)
{
	struct image_stream *s = &r->stream;

	if (at + len > r->broken)
		return -EIO;
	if ((at < s->pos || !s->archive) && image_stream_begin(s, NULL) < 0)
		return -EIO;
	if (image_stream_read(s, NULL, at - s->pos, NULL) == 0 && image_stream_read(s, to, len, NULL) == 0)
		return 0;
	r->broken = s->pos;
	image_stream_close(s);
	return -EIO;
}

static int read_area(struct folder_disk *d, size_t i, uint64_t at, uint8_t *to, size_t len)
{
	const struct clonezilla_area *a = &d->layout.areas[i];
	struct reader *r = &d->readers[i];

	if (a->bytes)
		memcpy(to, a->bytes + at, len);
	else if (a->file)
		return read_file(r, a, at, to, len);
	else if (r->image.bitmap)
		return partclone_read(&r->image, at, to, len);
	else
		return read_stream(r, at, to, len);
	return 0;
}

static int read_folder(struct source *s, uint64_t start, void *buf, size_t len)
{
	struct folder_disk *d = s->own;
	uint8_t *to = buf;

	memset(to, 0, len);
	for (size_t i = 0; i < d->layout.n_areas; i++) {
		const struct clonezilla_area *a = &d->layout.areas[i];
		uint64_t from = MAX(start, a->start), end = MIN(start + len, a->start + a->size);
		int rc = from < end ? read_area(d, i, from - a->start, to + (from - start), (size_t)(end - from)) : 0;

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Until where an area is, or is not, in use; areas do not lie over partitions but for tables. */
static uint64_t extent(struct source *s, uint64_t start, bool *ret_zero)
{
	struct folder_disk *d = s->own;
	uint64_t end = s->data_size;
	bool used = false;

	for (size_t i = 0; i < d->layout.n_areas; i++) {
		const struct clonezilla_area *a = &d->layout.areas[i];
		bool in_use = true;
		uint64_t to = a->start + a->size;

		if (start < a->start) {
			end = MIN(end, a->start);
			continue;
		}
		if (start >= to)
			continue;
		if (d->readers[i].image.bitmap)
			to = MIN(to, start + partclone_extent(&d->readers[i].image, start - a->start, &in_use));
		end = MIN(end, to);
		used |= in_use;
	}
	*ret_zero = !used;
	return end - start;
}

static const struct source_ops folder_ops = {
	.read = read_folder,
	.extent = extent,
	.close = close_folder,
};

/* partclone's image, or just bytes; others name themselves, too. */
static int open_image(struct reader *r, const struct clonezilla_area *a, struct error *err)
{
	uint8_t head[HEAD];
	const char *name = a->image.v[0];

	for (size_t i = 0; i < a->image.n; i++)
		strv_add(&r->stream.paths, a->image.v[i]);
	if (image_stream_begin(&r->stream, err) < 0 || image_stream_read(&r->stream, head, sizeof(head), err) < 0)
		return -1;
	if (partclone_is_image(head, sizeof(head)))
		return partclone_open(&r->image, &r->stream, err) < 0 ? error_wrap(err, "read '%s'", name) : 0;
	if (strstr(strrchr(name, '/'), ".dd-"))
		return 0;
	error_set(err, ERR_UNSUPPORTED, "'%s' is not an image of partclone", name);
	return error_hint(err, "restore it with Clonezilla to a disk or an image, and capture that");
}

int source_open_clonezilla(struct source *s, struct error *err)
{
	struct folder_disk *d = xcalloc(1, sizeof(*d));
	CLEANUP_FREE char *dir = path_dirname(s->name), *disk = path_basename(s->name);

	s->own = d;
	s->ops = &folder_ops;
	s->format = "clonezilla";
	if (clonezilla_open(&d->layout, dir, disk, err) < 0)
		return -1;
	d->readers = xcalloc(d->layout.n_areas + 1, sizeof(*d->readers));
	for (size_t i = 0; i < d->layout.n_areas; i++)
		d->readers[i] = (struct reader){ .stream = IMAGE_STREAM_INIT, .broken = UINT64_MAX, .fd = -1 };
	for (size_t i = 0; i < d->layout.n_areas; i++)
		if (d->layout.areas[i].image.n && open_image(&d->readers[i], &d->layout.areas[i], err) < 0)
			return -1;
	s->forward = true;
	s->data_size = d->layout.size;
	s->sector_size = d->layout.sector_size;
	return 0;
}
