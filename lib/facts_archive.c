// SPDX-License-Identifier: GPL-2.0-or-later
/* The /proc and /sys of a computer from a tar archive, kept in memory: nothing is unpacked. */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/facts_archive.h"

static void cleanup_archive(struct archive **a)
{
	archive_read_free(*a);
}

/* "./sys//class/" becomes "sys/class"; NULL for a path with "..". */
static char *clean_path(const char *path)
{
	struct strv parts CLEANUP_STRV = STRV_INIT, kept CLEANUP_STRV = STRV_INIT;

	strv_split(&parts, path, "/");
	for (size_t i = 0; i < parts.n; i++) {
		if (strcmp(parts.v[i], "..") == 0)
			return NULL;
		if (strcmp(parts.v[i], ".") != 0)
			strv_add(&kept, parts.v[i]);
	}
	return kept.n ? strv_join(&kept, "/") : xstrdup("");
}

static int read_data(struct archive *a, struct facts_entry *e, size_t *total, struct error *err)
{
	size_t room = 4096;

	e->data = xmalloc(room + 1);
	while (e->len < FACTS_FILE_MAX) {
		la_ssize_t got = archive_read_data(a, e->data + e->len, room - e->len);

		if (got < 0)
			return error_set(err, ERR_FORMAT, "%s", archive_error_string(a));
		if (got == 0)
			break;
		e->len += (size_t)got;
		*total += (size_t)got;
		if (*total > FACTS_ARCHIVE_MAX)
			return error_set(err, ERR_FORMAT, "the archive holds more than %d MiB",
					 FACTS_ARCHIVE_MAX >> 20);
		if (e->len == room) {
			room *= 2;
			e->data = xreallocarray(e->data, room + 1, 1);
		}
	}
	e->data[e->len] = '\0';
	return 0;
}

static int add_entry(struct facts *t, struct archive *a, struct archive_entry *from, size_t *total,
		     struct error *err)
{
	const char *name = archive_entry_pathname(from), *link = archive_entry_symlink(from);
	CLEANUP_FREE char *path = name && strlen(name) < FACTS_PATH_MAX ? clean_path(name) : NULL;
	struct facts_entry *e;

	if (!path)
		return error_set(err, ERR_FORMAT, "the archive has a path that leads out of it");
	if (t->n_entries >= FACTS_ENTRIES_MAX)
		return error_set(err, ERR_FORMAT, "the archive has more than %d files",
				 FACTS_ENTRIES_MAX);
	if (!*path || !(archive_entry_filetype(from) == AE_IFREG ||
			archive_entry_filetype(from) == AE_IFDIR || link))
		return 0;
	e = APPEND(t->entries, t->n_entries);
	e->path = STEAL(path);
	e->kind = link ? 'l' : archive_entry_filetype(from) == AE_IFDIR ? 'd' : 'f';
	if (link) {
		e->data = xstrdup(link);
		e->len = strlen(link);
		return 0;
	}
	return e->kind == 'f' ? read_data(a, e, total, err) : 0;
}

/* Sorted so that a folder stands right before what is in it: '/' before every other byte. */
static int rank(char c)
{
	return c == '\0' ? 0 : c == '/' ? 1 : (unsigned char)c + 1;
}

static int path_order(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return rank(*a) - rank(*b);
}

static int by_path(const void *a, const void *b)
{
	return path_order(((const struct facts_entry *)a)->path,
			  ((const struct facts_entry *)b)->path);
}

int facts_from_tar(struct facts *ret, const void *data, size_t len, struct error *err)
{
	struct facts t CLEANUP_FACTS = FACTS_INIT;
	struct archive *a __attribute__((cleanup(cleanup_archive))) = archive_read_new();
	struct archive_entry *entry;
	size_t total = 0;
	int rc;

	if (!a)
		abort();
	archive_read_support_format_tar(a);
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_xz(a);
	if (archive_read_open_memory(a, data, len) != ARCHIVE_OK)
		return error_set(err, ERR_FORMAT, "%s", archive_error_string(a));
	while ((rc = archive_read_next_header(a, &entry)) == ARCHIVE_OK)
		if (add_entry(&t, a, entry, &total, err) < 0)
			return -1;
	if (rc != ARCHIVE_EOF)
		return error_set(err, ERR_FORMAT, "%s", archive_error_string(a));
	if (t.n_entries)
		qsort(t.entries, t.n_entries, sizeof(*t.entries), by_path);
	*ret = t;
	t = (struct facts)FACTS_INIT;
	return 0;
}

/* Index of the first entry that does not sort before @path. */
static size_t lower_bound(const struct facts *t, const char *path)
{
	size_t low = 0, high = t->n_entries;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (path_order(t->entries[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_inside(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return len == 0 || (strncmp(path, folder, len) == 0 && path[len] == '/');
}

/* A folder may have no entry of its own in the archive. */
static bool exists(const struct facts *t, const char *path, const struct facts_entry **ret)
{
	size_t i = lower_bound(t, path);

	*ret = NULL;
	if (i == t->n_entries)
		return false;
	if (strcmp(t->entries[i].path, path) == 0) {
		*ret = &t->entries[i];
		return true;
	}
	return is_inside(t->entries[i].path, path);
}

static char lookup(const struct facts *t, const char *path, char **ret_link)
{
	const struct facts_entry *e;

	if (!exists(t, path, &e))
		return '\0';
	if (e && e->kind == 'l')
		*ret_link = xstrdup(e->data);
	return e ? e->kind : 'd';
}

char *archive_entry_real(const struct facts *t, const char *path)
{
	return facts_resolve(t, path, lookup);
}

char *archive_entry_read(const struct facts *t, const char *path, size_t *ret_len)
{
	CLEANUP_FREE char *real = archive_entry_real(t, path);
	const struct facts_entry *e = NULL;

	if (!real || !exists(t, real, &e) || !e || e->kind != 'f') {
		errno = real ? EISDIR : ENOENT;
		return NULL;
	}
	if (ret_len)
		*ret_len = e->len;
	return xmemdup(e->data, e->len);
}

int archive_entry_list(const struct facts *t, const char *path, struct strv *ret)
{
	CLEANUP_FREE char *real = archive_entry_real(t, path);
	size_t skip, i;

	if (!real)
		return -1;
	skip = *real ? strlen(real) + 1 : 0;
	i = lower_bound(t, real);
	if (i < t->n_entries && strcmp(t->entries[i].path, real) == 0)
		i++;
	for (; i < t->n_entries && is_inside(t->entries[i].path, real) && ret->n < FACTS_LIST_MAX;
	     i++) {
		const char *name = t->entries[i].path + skip;
		CLEANUP_FREE char *first = xstrndup(name, strcspn(name, "/"));

		if (first[0] != '.' && (ret->n == 0 || strcmp(ret->v[ret->n - 1], first) != 0))
			strv_add(ret, first);
	}
	facts_sort_names(ret);
	return 0;
}
