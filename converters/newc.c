// SPDX-License-Identifier: GPL-2.0-or-later
/* Archives for an initramfs, written through libarchive. */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "converters/newc.h"
#include "lib/base/alloc.h"

void newc_add(struct newc *a, const char *path, const void *data, size_t len, uint32_t mode)
{
	struct newc_file *f = NULL;

	for (size_t i = 0; i < a->n_files && !f; i++)
		if (strcmp(a->files[i].path, path) == 0)
			f = &a->files[i];
	if (!f) {
		f = APPEND(a->files, a->n_files);
		f->path = xstrdup(path);
	}
	free(f->data);
	f->data = xmemdup(data, len);
	f->len = len;
	f->mode = mode;
}

void newc_clear(struct newc *a)
{
	for (size_t i = 0; i < a->n_files; i++) {
		free(a->files[i].path);
		free(a->files[i].data);
	}
	free(a->files);
	free(a->data);
	*a = (struct newc)NEWC_INIT;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct newc_file *)a)->path, ((const struct newc_file *)b)->path);
}

static void close_archive(struct archive **a)
{
	archive_write_free(*a);
}

static int put(struct archive *a, const char *path, uint32_t mode, const void *data, size_t len)
{
	struct archive_entry *e = archive_entry_new();
	int rc;

	archive_entry_set_pathname(e, path);
	archive_entry_set_mode(e, mode);
	archive_entry_set_size(e, (int64_t)len);
	archive_entry_set_mtime(e, 0, 0);
	archive_entry_set_nlink(e, S_ISDIR(mode) ? 2 : 1);
	rc = archive_write_header(a, e);
	archive_entry_free(e);
	if (rc != ARCHIVE_OK || (len && archive_write_data(a, data, len) != (la_ssize_t)len))
		return -1;
	return 0;
}

/* Every folder above @path that was not written yet. */
static int put_folders(struct archive *a, const char *path, struct strv *done)
{
	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		CLEANUP_FREE char *dir = xstrndup(path, (size_t)(p - path));

		if (strv_has(done, dir))
			continue;
		if (put(a, dir, S_IFDIR | 0755, NULL, 0) < 0)
			return -1;
		strv_add(done, dir);
	}
	return 0;
}

int newc_finish(struct newc *n, struct error *err)
{
	struct archive *a __attribute__((cleanup(close_archive))) = archive_write_new();
	struct strv folders CLEANUP_STRV = STRV_INIT;
	size_t room = 1 << 20;

	if (!n->n_files)
		return 0;
	qsort(n->files, n->n_files, sizeof(*n->files), compare);
	for (size_t i = 0; i < n->n_files; i++)
		room += n->files[i].len + 2 * strlen(n->files[i].path) + 4096;
	n->data = xmalloc(room);
	archive_write_set_format_cpio_newc(a);
	archive_write_set_bytes_per_block(a, 512);
	archive_write_set_bytes_in_last_block(a, 512);
	if (archive_write_open_memory(a, n->data, room, &n->len) != ARCHIVE_OK)
		return error_set(err, ERR_SYSTEM, "make an archive: %s", archive_error_string(a));
	for (size_t i = 0; i < n->n_files; i++) {
		const struct newc_file *f = &n->files[i];

		if (put_folders(a, f->path, &folders) < 0 ||
		    put(a, f->path, S_IFREG | f->mode, f->data, f->len) < 0)
			return error_set(err, ERR_SYSTEM, "make an archive: %s",
					 archive_error_string(a));
	}
	if (archive_write_close(a) != ARCHIVE_OK)
		return error_set(err, ERR_SYSTEM, "make an archive: %s", archive_error_string(a));
	return 0;
}
