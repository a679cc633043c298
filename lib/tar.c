// SPDX-License-Identifier: GPL-2.0-or-later
/* Tar archives of plain files: one writer, and a reader that accepts only what the writer writes. */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/tar.h"

enum { BLOCK = TAR_BLOCK, END = 2 * BLOCK };

static void cleanup_entry(struct archive_entry **entry)
{
	archive_entry_free(*entry);
}

static void cleanup_writer(struct archive **archive)
{
	if (*archive)
		archive_write_free(*archive);
}

static void cleanup_reader(struct archive **archive)
{
	if (*archive)
		archive_read_free(*archive);
}

#define CLEANUP_ENTRY __attribute__((cleanup(cleanup_entry)))
#define CLEANUP_ARCHIVE_WRITER __attribute__((cleanup(cleanup_writer)))
#define CLEANUP_ARCHIVE_READER __attribute__((cleanup(cleanup_reader)))

/* GNU form: one header block for every size. No padding to a tape's record at the end. */
static struct archive *new_writer(void)
{
	struct archive *a = archive_write_new();

	if (!a)
		abort();
	archive_write_set_format_gnutar(a);
	archive_write_set_bytes_per_block(a, 0);
	archive_write_set_bytes_in_last_block(a, 1);
	return a;
}

static int put_header(struct archive *a, const char *name, uint64_t size)
{
	struct archive_entry *entry CLEANUP_ENTRY = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_size(entry, (la_int64_t)size);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_mtime(entry, 0, 0);
	return archive_write_header(a, entry);
}

/* The header of a file, as libarchive makes it. */
static bool make_header(const char *name, uint64_t size, uint8_t ret[TAR_BLOCK])
{
	uint8_t bytes[4 * TAR_BLOCK];
	struct archive *a CLEANUP_ARCHIVE_WRITER = new_writer();	/* goes before its memory */
	size_t used = 0;

	if (archive_write_open_memory(a, bytes, sizeof(bytes), &used) != ARCHIVE_OK ||
	    put_header(a, name, size) != ARCHIVE_OK || used != TAR_BLOCK)
		return false;
	memcpy(ret, bytes, TAR_BLOCK);
	/* freeing completes the file: that fails at once for want of room, and nothing leaks */
	return true;
}

static int write_at(const struct tar_writer *tar, uint64_t offset, const void *data, size_t len,
		    struct error *err)
{
	const uint8_t *from = data;

	while (len) {
		ssize_t put = pwrite(tar->fd, from, len, (off_t)offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return error_sys(err, put < 0 ? errno : ENOSPC, "write '%s'", tar->path);
		from += put;
		offset += (uint64_t)put;
		len -= (size_t)put;
	}
	return 0;
}

void tar_begin(struct tar_writer *ret, int fd, const char *path)
{
	*ret = (struct tar_writer){ .fd = fd, .path = path };
}

static uint64_t padding(uint64_t size)
{
	return (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
}

uint64_t tar_room(uint64_t size)
{
	return TAR_BLOCK + size + padding(size);
}

static int check_complete(const struct tar_writer *tar, struct error *err)
{
	return tar->left ? error_set(err, ERR_FORMAT, "a file of '%s' became shorter", tar->path) : 0;
}

static int write_header(const struct tar_writer *tar, uint64_t at, const char *name, uint64_t size,
			struct error *err)
{
	uint8_t header[TAR_BLOCK];

	if (strlen(name) > TAR_NAME_MAX || !tar_name_is_safe(name) || size > INT64_MAX ||
	    !make_header(name, size, header))
		return error_set(err, ERR_FORMAT, "'%s' cannot be the name of a file in '%s'", name,
				 tar->path);
	return write_at(tar, at, header, sizeof(header), err);
}

static int pad(struct tar_writer *tar, uint64_t size, struct error *err)
{
	static const uint8_t zeros[TAR_BLOCK];
	size_t len = (size_t)padding(size);

	if (write_at(tar, tar->at, zeros, len, err) < 0)
		return -1;
	tar->at += len;
	return 0;
}

int tar_add(struct tar_writer *tar, const char *name, uint64_t size, struct error *err)
{
	if (check_complete(tar, err) < 0 || write_header(tar, tar->at, name, size, err) < 0)
		return -1;
	tar->at += TAR_BLOCK;
	tar->left = size;
	return 0;
}

int tar_write(struct tar_writer *tar, const void *data, size_t len, struct error *err)
{
	if (len > tar->left)
		return error_set(err, ERR_FORMAT, "a file of '%s' became longer", tar->path);
	if (write_at(tar, tar->at, data, len, err) < 0)
		return -1;
	tar->at += len;
	tar->left -= len;
	return tar->left ? 0 : pad(tar, tar->at, err);
}

int tar_add_text(struct tar_writer *tar, const char *name, const void *data, size_t len,
		 struct error *err)
{
	if (tar_add(tar, name, len, err) < 0)
		return -1;
	return tar_write(tar, data, len, err);
}

int tar_begin_open(struct tar_writer *tar, uint64_t *ret_offset, struct error *err)
{
	if (check_complete(tar, err) < 0)
		return -1;
	*ret_offset = tar->at + TAR_BLOCK;
	return 0;
}

int tar_end_open(struct tar_writer *tar, const char *name, uint64_t size, struct error *err)
{
	if (write_header(tar, tar->at, name, size, err) < 0)
		return -1;
	tar->at += TAR_BLOCK + size;
	return pad(tar, size, err);
}

int tar_end(struct tar_writer *tar, struct error *err)
{
	static const uint8_t end[END];

	if (check_complete(tar, err) < 0 || write_at(tar, tar->at, end, sizeof(end), err) < 0)
		return -1;
	tar->at += sizeof(end);
	if (ftruncate(tar->fd, (off_t)tar->at) < 0)
		return error_sys(err, errno, "write '%s'", tar->path);
	return 0;
}

bool tar_name_is_safe(const char *name)
{
	const char *part = name;

	if (!*name)
		return false;
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '\\')
			return false;
	for (;;) {
		size_t len = strcspn(part, "/");

		if (len == 0 || (len == 1 && part[0] == '.') ||
		    (len == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		if (!part[len])
			return true;
		part += len + 1;
	}
}

static int refuse(const char *path, const char *name, const char *what, struct error *err)
{
	error_set(err, ERR_REFUSED, "'%s': '%s' %s", path, name, what);
	return error_hint(err, "the file was not made by 'rehost bundle', or somebody changed it: get "
			  "it again from whom you had it");
}

static int tampered(const char *path, const char *what, struct error *err)
{
	error_set(err, ERR_INTEGRITY, "'%s' %s", path, what);
	return error_hint(err, "copy the bundle again from where it was made");
}

static int check_kind(struct archive_entry *entry, const char *path, struct error *err)
{
	const char *name = archive_entry_pathname(entry);

	if (!name)
		return refuse(path, "?", "has a name that cannot be read", err);
	if (name[0] == '/')
		return refuse(path, name, "is an absolute path", err);
	if (archive_entry_hardlink(entry) || archive_entry_symlink(entry))
		return refuse(path, name, "is a link", err);
	if (archive_entry_filetype(entry) != AE_IFREG)
		return refuse(path, name, "is not a plain file", err);
	if (!tar_name_is_safe(name))
		return refuse(path, name, "is a path that leaves the archive", err);
	if (strlen(name) > TAR_NAME_MAX)
		return refuse(path, name, "is too long a name", err);
	return 0;
}

static bool is_canonical(const uint8_t block[BLOCK], const char *name, uint64_t size)
{
	uint8_t expected[BLOCK];

	return make_header(name, size, expected) && memcmp(block, expected, BLOCK) == 0;
}

/* What we know of the archive while we walk through it. */
struct scan {
	const struct parts *data;
	const char *path;
	uint64_t at;		/* where a header must be      */
	uint64_t pos;		/* of libarchive in the data   */
	uint8_t buffer[1 << 16];
	struct error err;	/* why it could not be read    */
};

static int check_zeros(const struct scan *s, uint64_t start, size_t len, struct error *err)
{
	uint8_t bytes[END];

	if (parts_read(s->data, start, bytes, len, s->path, err) < 0)
		return -1;
	for (size_t i = 0; i < len; i++)
		if (bytes[i])
			return tampered(s->path, "has bytes where nothing may be", err);
	return 0;
}

static int add_entry(struct tar_list *list, struct scan *s, const char *name, uint64_t size,
		     struct error *err)
{
	uint64_t data = s->at + BLOCK, end, next;
	struct tar_entry *e;

	if (ADD_OVERFLOW(data, size, &end) || ADD_OVERFLOW(end, BLOCK - 1, &next) ||
	    end > s->data->size)
		return tampered(s->path, "is truncated", err);
	next -= next % BLOCK;
	if (check_zeros(s, end, (size_t)(next - end), err) < 0)
		return -1;
	e = APPEND(list->entries, list->n_entries);
	*e = (struct tar_entry){ xstrdup(name), data, size };
	s->at = next;
	return 0;
}

static int scan_entry(struct tar_list *list, struct scan *s, struct archive *a,
		      struct archive_entry *entry, struct error *err)
{
	const char *name = archive_entry_pathname(entry);
	uint8_t block[BLOCK];
	uint64_t size;

	if (list->n_entries == TAR_ENTRIES_MAX) {
		error_set(err, ERR_REFUSED, "'%s' holds more than %d files", s->path,
			  TAR_ENTRIES_MAX);
		return error_hint(err, "no bundle has that many: do not trust it");
	}
	if (check_kind(entry, s->path, err) < 0)
		return -1;
	size = archive_entry_size(entry) < 0 ? UINT64_MAX : (uint64_t)archive_entry_size(entry);
	if (parts_read(s->data, s->at, block, sizeof(block), s->path, err) < 0)
		return -1;
	if ((uint64_t)archive_read_header_position(a) != s->at || !is_canonical(block, name, size))
		return tampered(s->path, "was changed: a header is not as rehost writes it", err);
	return add_entry(list, s, name, size, err);
}

static int scan_all(struct tar_list *list, struct scan *s, struct archive *a, struct error *err)
{
	for (;;) {
		struct archive_entry *entry = NULL;
		int rc = archive_read_next_header(a, &entry);

		if (interrupt_check(err) < 0)
			return -1;
		if (rc == ARCHIVE_EOF && list->n_entries)
			break;
		if (error_is_set(&s->err))
			return error_move(err, &s->err);
		if (rc != ARCHIVE_OK && list->n_entries == 0) {
			error_set(err, ERR_FORMAT, "'%s' is not a bundle", s->path);
			return error_hint(err, "give the NAME.rehost that 'rehost bundle' made");
		}
		if (rc != ARCHIVE_OK)
			return tampered(s->path, "is truncated or damaged", err);
		if (scan_entry(list, s, a, entry, err) < 0)
			return -1;
	}
	if (s->data->size != s->at + END)
		return tampered(s->path, "does not end where it should", err);
	return check_zeros(s, s->at, END, err);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct tar_entry *)a)->name, ((const struct tar_entry *)b)->name);
}

static int sort_entries(struct tar_list *list, const char *path, struct error *err)
{
	qsort(list->entries, list->n_entries, sizeof(*list->entries), by_name);
	for (size_t i = 1; i < list->n_entries; i++)
		if (by_name(&list->entries[i - 1], &list->entries[i]) == 0)
			return refuse(path, list->entries[i].name, "is there twice", err);
	return 0;
}

/* libarchive's view of the data */
static la_ssize_t read_more(struct archive *a, void *arg, const void **ret)
{
	struct scan *s = arg;
	uint64_t left = s->data->size - s->pos;
	size_t len = (size_t)MIN(left, (uint64_t)sizeof(s->buffer));

	if (parts_read(s->data, s->pos, s->buffer, len, s->path, &s->err) < 0) {
		archive_set_error(a, EIO, "%s", s->err.msg);
		return -1;
	}
	s->pos += len;
	*ret = s->buffer;
	return (la_ssize_t)len;
}

static la_int64_t skip_some(struct archive *a, void *arg, la_int64_t wanted)
{
	struct scan *s = arg;
	uint64_t len = MIN((uint64_t)MAX(wanted, 0), s->data->size - s->pos);

	(void)a;
	s->pos += len;
	return (la_int64_t)len;
}

static void cleanup_scan(struct scan **s)
{
	error_clear(&(*s)->err);
	free(*s);
}

int tar_scan(struct tar_list *ret, const struct parts *data, const char *path, struct error *err)
{
	struct scan *s __attribute__((cleanup(cleanup_scan))) = xcalloc(1, sizeof(*s));
	struct archive *a CLEANUP_ARCHIVE_READER = archive_read_new();
	struct tar_list list CLEANUP_TAR_LIST = TAR_LIST_INIT;

	s->data = data;
	s->path = path;
	archive_read_support_format_tar(a);
	if (archive_read_open2(a, s, NULL, read_more, skip_some, NULL) != ARCHIVE_OK) {
		if (error_is_set(&s->err))
			return error_move(err, &s->err);
		error_set(err, ERR_FORMAT, "'%s' is not a bundle", path);
		return error_hint(err, "give the NAME.rehost that 'rehost bundle' made");
	}
	if (scan_all(&list, s, a, err) < 0 || sort_entries(&list, path, err) < 0)
		return -1;
	*ret = list;
	list = (struct tar_list)TAR_LIST_INIT;
	return 0;
}

const struct tar_entry *tar_find(const struct tar_list *list, const char *name)
{
	const struct tar_entry key = { .name = (char *)name };

	return list->n_entries ? bsearch(&key, list->entries, list->n_entries,
					 sizeof(*list->entries), by_name)
			       : NULL;
}

void tar_list_clear(struct tar_list *list)
{
	for (size_t i = 0; i < list->n_entries; i++)
		free(list->entries[i].name);
	free(list->entries);
	*list = (struct tar_list)TAR_LIST_INIT;
}
