// SPDX-License-Identifier: GPL-2.0-or-later
/* Trees from tar archives and folders, through libarchive, within limits. */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/strv.h"
#include "lib/tree.h"

static void close_archive(struct archive **a)
{
	archive_read_free(*a);
}
#define CLEANUP_ARCHIVE __attribute__((cleanup(close_archive)))

static int fail(struct archive *a, const char *file, struct error *err)
{
	const char *text = archive_error_string(a);

	return error_set(err, ERR_FORMAT, "read archive '%s': %s", file, text ? text : "damaged");
}

/* "./grub/grub.cfg" below /boot: absolute, or NULL if the name tries to leave. */
static char *name_in_tree(const char *prefix, const char *name)
{
	struct strv steps CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *tail = NULL;

	strv_split(&steps, name, "/");
	if (strv_has(&steps, ".."))
		return NULL;
	if (steps.n && strcmp(steps.v[0], ".") == 0) {
		free(steps.v[0]);
		memmove(steps.v, steps.v + 1, steps.n * sizeof(*steps.v));
		steps.n--;
	}
	if (!steps.n)
		return xstrdup(prefix);
	tail = strv_join(&steps, "/");
	return path_join(prefix, tail);
}

static int take_data(struct tree *t, struct archive *a, char *path, uint64_t size, uint32_t mode,
		     const char *file, struct error *err)
{
	CLEANUP_FREE char *data = NULL;
	size_t got = 0;

	if (t->total + size > TREE_MAX_TOTAL)
		return error_set(err, ERR_FORMAT, "'%s' holds more than %d MiB of settings", file,
				 TREE_MAX_TOTAL >> 20);
	data = xmalloc(size + 1);
	while (got < size) {
		la_ssize_t n = archive_read_data(a, data + got, size - got);

		if (n < 0)
			return fail(a, file, err);
		if (n == 0)
			break;
		got += (size_t)n;
	}
	data[got] = '\0';
	tree_take(t, path, STEAL(data), got, mode);
	return 0;
}

static enum tree_kind kind_of(struct archive_entry *e)
{
	switch (archive_entry_filetype(e)) {
	case AE_IFREG:
		return TREE_FILE;
	case AE_IFDIR:
		return TREE_DIR;
	case AE_IFLNK:
		return TREE_LINK;
	default:
		return TREE_OTHER;
	}
}

/* A hard link stands in the archive as the name of the first one. */
static void take_hard_link(struct tree *t, const char *prefix, const char *path, const char *name)
{
	CLEANUP_FREE char *first = name_in_tree(prefix, name);
	const struct tree_node *n = first ? tree_find(t, first) : NULL;

	if (n && n->data)
		tree_take(t, path, xmemdup(n->data, n->size), n->size, n->mode);
}

static int take_entry(struct tree *t, const char *prefix, struct archive *a,
		      struct archive_entry *e, const char *file, struct error *err)
{
	const char *name = archive_entry_pathname(e), *hard = archive_entry_hardlink(e);
	CLEANUP_FREE char *path = name ? name_in_tree(prefix, name) : NULL;
	enum tree_kind kind = kind_of(e);
	int64_t size = archive_entry_size(e);

	if (!path)
		return 0;
	if (t->n_nodes >= TREE_MAX_NODES)
		return error_set(err, ERR_FORMAT, "'%s' holds more than %d files", file,
				 TREE_MAX_NODES);
	if (hard) {
		take_hard_link(t, prefix, path, hard);
		return 0;
	}
	if (kind == TREE_FILE && size >= 0 && size <= TREE_MAX_FILE)
		return take_data(t, a, path, (uint64_t)size, archive_entry_perm(e), file, err);
	tree_note(t, path, kind, kind == TREE_LINK ? archive_entry_symlink(e) : NULL);
	t->nodes[t->n_nodes - 1].size = size > 0 ? (uint64_t)size : 0;
	t->nodes[t->n_nodes - 1].mode = archive_entry_perm(e);
	return 0;
}

static int take_all(struct tree *t, const char *prefix, struct archive *a, const char *file,
		    struct error *err)
{
	struct archive_entry *e = NULL;

	for (;;) {
		int rc = archive_read_next_header(a, &e);

		if (rc == ARCHIVE_EOF)
			return 0;
		if (rc < ARCHIVE_WARN)
			return fail(a, file, err);
		if (take_entry(t, prefix, a, e, file, err) < 0)
			return -1;
	}
}

int tree_add_tar(struct tree *t, const char *prefix, const char *file, struct error *err)
{
	struct archive *a CLEANUP_ARCHIVE = archive_read_new();

	archive_read_support_format_tar(a);
	if (archive_read_open_filename(a, file, 1 << 16) != ARCHIVE_OK)
		return fail(a, file, err);
	return take_all(t, prefix, a, file, err);
}

/* Names from a folder on disk carry the folder in front. */
int tree_add_folder(struct tree *t, const char *prefix, const char *folder, struct error *err)
{
	struct archive *a CLEANUP_ARCHIVE = archive_read_disk_new();
	struct archive_entry *e = NULL;
	int rc;

	archive_read_disk_set_symlink_physical(a);
	if (archive_read_disk_open(a, folder) != ARCHIVE_OK)
		return fail(a, folder, err);
	while ((rc = archive_read_next_header(a, &e)) != ARCHIVE_EOF) {
		CLEANUP_FREE char *name = NULL;

		if (rc < ARCHIVE_WARN)
			return fail(a, folder, err);
		name = xstrdup(archive_entry_pathname(e) + strlen(folder));
		archive_entry_set_pathname(e, *name ? name : ".");
		if (take_entry(t, prefix, a, e, folder, err) < 0)
			return -1;
		archive_read_disk_descend(a);
	}
	return 0;
}
