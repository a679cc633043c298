// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading initial RAM file systems: a walk over plain archives, libarchive for compressed ones. */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/initramfs.h"

enum { NEWC_HEADER = 110, NEWC_FIELDS = 13, NEWC_NAME_MAX = 4096 };
enum { F_MODE = 1, F_FILESIZE = 6, F_NAMESIZE = 11 };

/* Small files are configuration; below lib/modules there are only drivers and their indexes. */
static bool worth_keeping(const char *path, uint64_t size)
{
	return size <= INITRAMFS_MAX_KEPT && !strstr(path, "lib/modules/");
}

static char *absolute(const char *name)
{
	while (*name == '.' && name[1] == '/')
		name += 2;
	return xasprintf("%s%s", *name == '/' ? "" : "/", name);
}

static void take(struct tree *t, const char *name, uint32_t mode, uint64_t size, const char *data)
{
	CLEANUP_FREE char *path = absolute(name), *target = NULL;

	if (S_ISLNK(mode)) {
		target = xstrndup(data ? data : "", data ? size : 0);
		tree_note(t, path, TREE_LINK, target);
	} else if (S_ISREG(mode) && data && worth_keeping(path, size)) {
		tree_take(t, path, xmemdup(data, size), size, mode & 07777);
	} else {
		tree_note(t, path, S_ISDIR(mode) ? TREE_DIR : S_ISREG(mode) ? TREE_FILE : TREE_OTHER,
			  NULL);
	}
}

static bool hex_field(const char *p, uint32_t *ret)
{
	*ret = 0;
	for (int i = 0; i < 8; i++) {
		int c = tolower((unsigned char)p[i]);

		if (!isxdigit(c))
			return false;
		*ret = *ret << 4 | (uint32_t)(isdigit(c) ? c - '0' : c - 'a' + 10);
	}
	return true;
}

static size_t align4(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

static int damaged(struct error *err)
{
	return error_set(err, ERR_FORMAT, "the initramfs is damaged");
}

/* One archive from *pos on; *pos ends behind its trailer. */
static int walk(const char *data, size_t len, size_t *pos, struct tree *t, struct error *err)
{
	for (;;) {
		uint32_t f[NEWC_FIELDS];
		size_t name_at = *pos + NEWC_HEADER, body;
		const char *name = data + name_at;

		if (len - *pos < NEWC_HEADER || memcmp(data + *pos, "07070", 5) != 0)
			return damaged(err);
		for (int i = 0; i < NEWC_FIELDS; i++)
			if (!hex_field(data + *pos + 6 + 8 * i, &f[i]))
				return damaged(err);
		if (f[F_NAMESIZE] == 0 || f[F_NAMESIZE] > NEWC_NAME_MAX ||
		    f[F_NAMESIZE] > len - name_at || name[f[F_NAMESIZE] - 1] != '\0')
			return damaged(err);
		/* What is aligned is the distance from the start of the file. */
		body = align4(name_at + f[F_NAMESIZE]);
		if (body > len || f[F_FILESIZE] > len - body)
			return damaged(err);
		*pos = MIN(align4(body + f[F_FILESIZE]), len);
		if (strcmp(name, "TRAILER!!!") == 0)
			return 0;
		if (t->n_nodes >= TREE_MAX_NODES)
			return damaged(err);
		take(t, name, f[F_MODE], f[F_FILESIZE], data + body);
	}
}

static void close_archive(struct archive **a)
{
	archive_read_free(*a);
}

static int unpack_error(struct archive *a, struct error *err)
{
	const char *text = archive_error_string(a);

	return error_set(err, ERR_FORMAT, "unpack the initramfs: %s", text ? text : "damaged");
}

static int take_packed(struct archive *a, struct archive_entry *e, struct tree *t, struct error *err)
{
	uint64_t size = archive_entry_size(e) > 0 ? (uint64_t)archive_entry_size(e) : 0;
	const char *name = archive_entry_pathname(e), *target = archive_entry_symlink(e);
	CLEANUP_FREE char *data = NULL;
	CLEANUP_FREE char *path = name ? absolute(name) : NULL;

	if (!path)
		return 0;
	if (target) {
		tree_note(t, path, TREE_LINK, target);
		return 0;
	}
	if (size && worth_keeping(path, size) && archive_entry_filetype(e) == AE_IFREG) {
		la_ssize_t got;

		data = xmalloc(size + 1);
		got = archive_read_data(a, data, size);
		if (got < 0)
			return unpack_error(a, err);
		size = (uint64_t)got;
		data[size] = '\0';
	}
	take(t, name, archive_entry_mode(e), size, data);
	return 0;
}

/* What stands behind a compressed archive is not looked at: nobody but us appends there. */
static int unpack(const char *data, size_t len, struct tree *t, const char **ret_compression,
		  struct error *err)
{
	struct archive *a __attribute__((cleanup(close_archive))) = archive_read_new();
	struct archive_entry *e = NULL;
	int rc;

	archive_read_support_filter_all(a);
	archive_read_support_format_cpio(a);
	if (archive_read_open_memory(a, data, len) != ARCHIVE_OK)
		return unpack_error(a, err);
	while ((rc = archive_read_next_header(a, &e)) != ARCHIVE_EOF) {
		if (rc < ARCHIVE_WARN)
			return unpack_error(a, err);
		if (t->n_nodes >= TREE_MAX_NODES)
			return damaged(err);
		if (take_packed(a, e, t, err) < 0)
			return -1;
	}
	switch (archive_filter_code(a, 0)) {
	case ARCHIVE_FILTER_GZIP: *ret_compression = "gzip"; break;
	case ARCHIVE_FILTER_BZIP2: *ret_compression = "bzip2"; break;
	case ARCHIVE_FILTER_XZ: *ret_compression = "xz"; break;
	case ARCHIVE_FILTER_LZMA: *ret_compression = "lzma"; break;
	case ARCHIVE_FILTER_LZ4: *ret_compression = "lz4"; break;
	case ARCHIVE_FILTER_LZOP: *ret_compression = "lzop"; break;
	case ARCHIVE_FILTER_ZSTD: *ret_compression = "zstd"; break;
	default: *ret_compression = "none"; break;
	}
	return 0;
}

int initramfs_read(const char *data, size_t len, struct tree *ret, const char **ret_compression,
		   struct error *err)
{
	size_t pos = 0, archives = 0;

	*ret_compression = "none";
	while (pos < len) {
		if (data[pos] == '\0') {
			pos++;
			continue;
		}
		archives++;
		if (len - pos < 6 || memcmp(data + pos, "07070", 5) != 0)
			return unpack(data + pos, len - pos, ret, ret_compression, err);
		if (walk(data, len, &pos, ret, err) < 0)
			return -1;
	}
	return archives ? 0 : damaged(err);
}

/* Everything that the filters of libarchive make of it, as one file. */
static int unpack_bytes(const char *data, size_t len, FILE *out, struct error *err)
{
	struct archive *a __attribute__((cleanup(close_archive))) = archive_read_new();
	struct archive_entry *e = NULL;
	CLEANUP_FREE char *block = xmalloc(1 << 16);
	uint64_t total = 0;

	archive_read_support_filter_all(a);
	archive_read_support_format_raw(a);
	if (archive_read_open_memory(a, data, len) != ARCHIVE_OK ||
	    archive_read_next_header(a, &e) < ARCHIVE_WARN)
		return unpack_error(a, err);
	for (;;) {
		la_ssize_t got = archive_read_data(a, block, 1 << 16);

		if (got < 0)
			return unpack_error(a, err);
		if (got == 0)
			return 0;
		total += (uint64_t)got;
		if (total > INITRAMFS_MAX)
			return error_set(err, ERR_FORMAT, "the initramfs unpacks to more than %d MiB",
					 INITRAMFS_MAX >> 20);
		fwrite(block, 1, (size_t)got, out);
	}
}

int initramfs_plain(const char *data, size_t len, char **ret, size_t *ret_len, struct error *err)
{
	struct tree names CLEANUP_TREE = TREE_INIT;
	CLEANUP_FREE char *plain = NULL;
	size_t pos = 0, plain_len = 0;
	FILE *out;
	int rc = 0;

	while (pos < len && (data[pos] == '\0' || (len - pos > 6 && !memcmp(data + pos, "07070", 5)))) {
		if (data[pos] == '\0')
			pos++;
		else if (walk(data, len, &pos, &names, err) < 0)
			return -1;
	}
	out = open_memstream(&plain, &plain_len);
	fwrite(data, 1, pos, out);
	if (pos < len)
		rc = unpack_bytes(data + pos, len - pos, out, err);
	if (fclose(out) != 0)
		abort();
	if (rc < 0)
		return -1;
	*ret = STEAL(plain);
	*ret_len = plain_len;
	return 0;
}

char *initramfs_module_name(const char *path)
{
	CLEANUP_FREE char *base = path_basename(path);
	char *dot = strchr(base, '.');

	if (!dot || (strncmp(dot, ".ko", 3) != 0 && strcmp(dot, ".o") != 0))
		return NULL;
	if (dot[1] == 'k' && dot[3] != '\0' && dot[3] != '.')
		return NULL;
	*dot = '\0';
	for (char *p = base; *p; p++)
		if (*p == '-')
			*p = '_';
	return STEAL(base);
}
