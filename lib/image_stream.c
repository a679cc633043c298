// SPDX-License-Identifier: GPL-2.0-or-later
/* Streams of images, unpacked as they are read. */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/image_stream.h"

enum { READ_SIZE = 1 << 18 };

static const char *name_of(const struct image_stream *s)
{
	return s->paths.n ? s->paths.v[0] : "the image";
}

/* Only what is unpacked here: some filters of the library would start programs. */
static struct archive *new_reader(void)
{
	struct archive *a = archive_read_new();

	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_lzma(a);
	archive_read_support_filter_lz4(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_format_raw(a);
	archive_read_support_format_empty(a);
	return a;
}

static la_ssize_t failed(struct archive *a, const char *path)
{
	archive_set_error(a, errno, "%s: %s", path, strerror(errno));
	return -1;
}

/* One part behind the other; the library's own way with several files is made for archives in volumes. */
static la_ssize_t read_parts(struct archive *a, void *user, const void **ret)
{
	struct image_stream *s = user;

	*ret = s->packed;
	for (;;) {
		ssize_t got;

		if (s->fd < 0 && s->next_path == s->paths.n)
			return 0;
		if (s->fd < 0)
			s->fd = open(s->paths.v[s->next_path++], O_RDONLY | O_CLOEXEC);
		if (s->fd < 0)
			return failed(a, s->paths.v[s->next_path - 1]);
		got = read(s->fd, s->packed, READ_SIZE);
		if (got > 0)
			return got;
		if (got < 0 && errno != EINTR)
			return failed(a, s->paths.v[s->next_path - 1]);
		if (got == 0) {
			close(s->fd);
			s->fd = -1;
		}
	}
}

static int open_bytes(struct image_stream *s)
{
	if (s->memory)
		return archive_read_open_memory(s->archive, s->memory, s->memory_len);
	s->packed = xmalloc(READ_SIZE);
	return archive_read_open(s->archive, s, NULL, read_parts, NULL);
}

int image_stream_begin(struct image_stream *s, struct error *err)
{
	struct archive_entry *e;

	image_stream_close(s);
	s->archive = new_reader();
	if (open_bytes(s) == ARCHIVE_OK && archive_read_next_header(s->archive, &e) == ARCHIVE_OK)
		return 0;
	error_set(err, ERR_FORMAT, "read '%s': %s", name_of(s),
		  archive_error_string(s->archive) ? archive_error_string(s->archive) : "it is empty");
	image_stream_close(s);
	return -1;
}

/* 1: there is a block; 0: the end. */
static int next_block(struct image_stream *s, struct error *err)
{
	const void *block = NULL;
	int64_t offset = 0;
	int rc = archive_read_data_block(s->archive, &block, &s->block_len, &offset);

	s->block = block;
	if (rc == ARCHIVE_EOF)
		return 0;
	if (rc == ARCHIVE_OK)
		return 1;
	s->block_len = 0;
	return error_set(err, ERR_INTEGRITY, "unpack '%s': %s", name_of(s), archive_error_string(s->archive));
}

int image_stream_read(struct image_stream *s, void *ret, uint64_t len, struct error *err)
{
	uint8_t *to = ret;

	if (!s->archive)
		return error_set(err, ERR_INTEGRITY, "'%s' could not be read on", name_of(s));
	while (len) {
		size_t part = (size_t)MIN((uint64_t)s->block_len, len);

		if (part == 0) {
			int rc = next_block(s, err);

			if (rc < 0)
				return -1;
			if (rc == 0)
				return error_set(err, ERR_INTEGRITY, "'%s' ends too early", name_of(s));
			continue;
		}
		if (to) {
			memcpy(to, s->block, part);
			to += part;
		}
		s->block += part;
		s->block_len -= part;
		s->pos += part;
		len -= part;
	}
	return 0;
}

void image_stream_close(struct image_stream *s)
{
	archive_read_free(s->archive);
	s->archive = NULL;
	cleanup_close(&s->fd);
	s->fd = -1;
	s->next_path = 0;
	free(STEAL(s->packed));
	s->block = NULL;
	s->block_len = 0;
	s->pos = 0;
}

void image_stream_clear(struct image_stream *s)
{
	image_stream_close(s);
	strv_clear(&s->paths);
	*s = (struct image_stream)IMAGE_STREAM_INIT;
}
