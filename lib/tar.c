// SPDX-License-Identifier: GPL-2.0-or-later
/* Tar archives of plain files: one writer, and a reader that accepts only what the writer writes. */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/tar.h"

enum { BLOCK = 512, END = 2 * BLOCK };

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

static int write_failed(const struct tar_writer *tar, struct error *err)
{
	return error_sys(err, archive_errno(tar->archive), "write '%s'", tar->path);
}

int tar_begin(struct tar_writer *ret, int fd, const char *path, struct error *err)
{
	struct tar_writer tar CLEANUP_TAR_WRITER = { .archive = new_writer(), .path = path };

	if (archive_write_open_fd(tar.archive, fd) != ARCHIVE_OK)
		return write_failed(&tar, err);
	*ret = tar;
	tar = (struct tar_writer)TAR_WRITER_INIT;
	return 0;
}

int tar_add(struct tar_writer *tar, const char *name, uint64_t size, struct error *err)
{
	if (tar->left)
		return error_set(err, ERR_FORMAT, "a file of '%s' became shorter", tar->path);
	if (strlen(name) > TAR_NAME_MAX || !tar_name_is_safe(name) || size > INT64_MAX)
		return error_set(err, ERR_FORMAT, "'%s' cannot be the name of a file in '%s'", name,
				 tar->path);
	if (put_header(tar->archive, name, size) != ARCHIVE_OK)
		return write_failed(tar, err);
	tar->left = size;
	return 0;
}

int tar_write(struct tar_writer *tar, const void *data, size_t len, struct error *err)
{
	if (len > tar->left)
		return error_set(err, ERR_FORMAT, "a file of '%s' became longer", tar->path);
	if (archive_write_data(tar->archive, data, len) != (la_ssize_t)len)
		return write_failed(tar, err);
	tar->left -= len;
	return 0;
}

int tar_add_text(struct tar_writer *tar, const char *name, const void *data, size_t len,
		 struct error *err)
{
	if (tar_add(tar, name, len, err) < 0)
		return -1;
	return tar_write(tar, data, len, err);
}

int tar_end(struct tar_writer *tar, struct error *err)
{
	if (tar->left)
		return error_set(err, ERR_FORMAT, "a file of '%s' became shorter", tar->path);
	if (archive_write_close(tar->archive) != ARCHIVE_OK)
		return write_failed(tar, err);
	tar_discard(tar);
	return 0;
}

void tar_discard(struct tar_writer *tar)
{
	if (tar->archive) {
		archive_write_fail(tar->archive);
		archive_write_free(tar->archive);
	}
	*tar = (struct tar_writer)TAR_WRITER_INIT;
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

static int read_at(int fd, uint64_t offset, uint8_t *ret, size_t len, const char *path,
		   struct error *err)
{
	while (len) {
		ssize_t got = pread(fd, ret, len, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_sys(err, errno, "read '%s'", path);
		if (got == 0)
			return tampered(path, "is truncated", err);
		ret += got;
		offset += (uint64_t)got;
		len -= (size_t)got;
	}
	return 0;
}

static bool is_canonical(const uint8_t block[BLOCK], const char *name, uint64_t size)
{
	uint8_t expected[4 * BLOCK];
	struct archive *a CLEANUP_ARCHIVE_WRITER = new_writer();	/* goes before its memory */
	size_t used = 0;
	bool same;

	same = archive_write_open_memory(a, expected, sizeof(expected), &used) == ARCHIVE_OK &&
	       put_header(a, name, size) == ARCHIVE_OK && used == BLOCK &&
	       memcmp(block, expected, BLOCK) == 0;
	/* freeing completes the file: that fails at once for want of room, and nothing leaks */
	return same;
}

/* What we know of the archive while we walk through it. */
struct scan {
	int fd;
	const char *path;
	uint64_t size;		/* of the archive          */
	uint64_t at;		/* where a header must be  */
};

static int check_zeros(const struct scan *s, uint64_t start, size_t len, struct error *err)
{
	uint8_t bytes[END];

	if (read_at(s->fd, start, bytes, len, s->path, err) < 0)
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
	    end > s->size)
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
	if (read_at(s->fd, s->at, block, sizeof(block), s->path, err) < 0)
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
		if (rc != ARCHIVE_OK && list->n_entries == 0) {
			error_set(err, ERR_FORMAT, "'%s' is not a bundle", s->path);
			return error_hint(err, "give the NAME.rehost that 'rehost bundle' made");
		}
		if (rc != ARCHIVE_OK)
			return tampered(s->path, "is truncated or damaged", err);
		if (scan_entry(list, s, a, entry, err) < 0)
			return -1;
	}
	if (s->size != s->at + END)
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

int tar_scan(struct tar_list *ret, int fd, const char *path, struct error *err)
{
	struct archive *a CLEANUP_ARCHIVE_READER = archive_read_new();
	struct tar_list list CLEANUP_TAR_LIST = TAR_LIST_INIT;
	struct scan s = { .fd = fd, .path = path };
	struct stat st;

	if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return error_sys(err, errno, "read '%s'", path);
	if (!S_ISREG(st.st_mode))
		return error_sys(err, S_ISDIR(st.st_mode) ? EISDIR : EINVAL, "open '%s'", path);
	s.size = (uint64_t)st.st_size;
	archive_read_support_format_tar(a);
	if (archive_read_open_fd(a, fd, 1 << 16) != ARCHIVE_OK) {
		error_set(err, ERR_FORMAT, "'%s' is not a bundle", path);
		return error_hint(err, "give the NAME.rehost that 'rehost bundle' made");
	}
	if (scan_all(&list, &s, a, err) < 0 || sort_entries(&list, path, err) < 0)
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
