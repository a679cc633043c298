// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading initial RAM file systems: a walk over archives as the kernel does it, libarchive unpacks. */
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
#include "lib/packed.h"

enum { NEWC_HEADER = 110, NEWC_FIELDS = 13, NEWC_NAME_MAX = 4096 };
enum { TARGET_MAX = 4096 };	/* of a symbolic link */
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

static int damaged(struct error *err)
{
	return error_set(err, ERR_FORMAT, "the initramfs is damaged");
}

/* One run of bytes to walk: the plain part of a file, or what a compressed stream unpacks to. */
struct bytes {
	const char *at;		/* what is there now                     */
	size_t n;
	uint64_t pos;		/* of at, from the start of the run      */
	struct archive *packed;	/* gives more, or NULL                   */
};

static int unpack_error(struct archive *a, struct error *err)
{
	const char *text = archive_error_string(a);

	return error_set(err, ERR_FORMAT, "unpack the initramfs: %s", text ? text : "damaged");
}

/* More of a compressed stream, if nothing is there; n stays 0 at its end. */
static int fill(struct bytes *b, struct error *err)
{
	const void *block = NULL;
	la_int64_t offset = 0;

	while (b->n == 0 && b->packed) {
		int rc = archive_read_data_block(b->packed, &block, &b->n, &offset);

		if (rc == ARCHIVE_EOF) {
			b->n = 0;
			return 0;
		}
		if (rc < ARCHIVE_WARN)
			return unpack_error(b->packed, err);
		if (b->pos + b->n > INITRAMFS_MAX)
			return error_set(err, ERR_FORMAT, "the initramfs unpacks to more than %d MiB",
					 INITRAMFS_MAX >> 20);
		b->at = block;
	}
	return 0;
}

/* The next @len bytes, copied to @to if it is given */
static int pull(struct bytes *b, char *to, size_t len, struct error *err)
{
	while (len > 0) {
		size_t n;

		if (fill(b, err) < 0)
			return -1;
		if (b->n == 0)
			return damaged(err);
		n = MIN(len, b->n);
		if (to) {
			memcpy(to, b->at, n);
			to += n;
		}
		b->at += n;
		b->n -= n;
		b->pos += n;
		len -= n;
	}
	return 0;
}

/* Zeros up to the next multiple of four; the end of the run may come before. */
static int pull_padding(struct bytes *b, struct error *err)
{
	while (b->pos % 4 != 0) {
		if (fill(b, err) < 0)
			return -1;
		if (b->n == 0)
			return 0;
		if (pull(b, NULL, 1, err) < 0)
			return -1;
	}
	return 0;
}

/* One member of an archive; @ret_last if it was the trailer. */
static int walk_member(struct bytes *b, struct tree *t, bool *ret_last, struct error *err)
{
	char head[NEWC_HEADER], name[NEWC_NAME_MAX];
	CLEANUP_FREE char *data = NULL;
	uint32_t f[NEWC_FIELDS], size;

	if (pull(b, head, sizeof(head), err) < 0)
		return -1;
	if (memcmp(head, "07070", 5) != 0)
		return damaged(err);
	for (int i = 0; i < NEWC_FIELDS; i++)
		if (!hex_field(head + 6 + 8 * i, &f[i]))
			return damaged(err);
	size = f[F_FILESIZE];
	if (f[F_NAMESIZE] == 0 || f[F_NAMESIZE] > NEWC_NAME_MAX || size > INITRAMFS_MAX)
		return damaged(err);
	if (pull(b, name, f[F_NAMESIZE], err) < 0 || pull_padding(b, err) < 0)
		return -1;
	if (name[f[F_NAMESIZE] - 1] != '\0')
		return damaged(err);
	if (S_ISLNK(f[F_MODE]) ? size <= TARGET_MAX : worth_keeping(name, size))
		data = xcalloc(1, (size_t)size + 1);
	if (pull(b, data, size, err) < 0 || pull_padding(b, err) < 0)
		return -1;
	*ret_last = strcmp(name, "TRAILER!!!") == 0;
	if (!*ret_last)
		take(t, name, f[F_MODE], size, data);
	return 0;
}

/* All archives of a run, with zeros between them, up to its end or to what is none: kept in @b. */
static int walk(struct bytes *b, struct tree *t, struct error *err)
{
	for (;;) {
		bool last = false;

		if (fill(b, err) < 0)
			return -1;
		if (b->n > 0 && *b->at == '\0') {
			if (pull(b, NULL, 1, err) < 0)
				return -1;
			continue;
		}
		if (b->n == 0 || (!b->packed && (b->n < 5 || memcmp(b->at, "07070", 5) != 0)))
			return 0;
		while (!last) {
			if (t->n_nodes >= TREE_MAX_NODES)
				return damaged(err);
			if (walk_member(b, t, &last, err) < 0)
				return -1;
		}
	}
}

static void close_archive(struct archive **a)
{
	archive_read_free(*a);
}

static int open_packed(struct archive *a, const char *data, size_t len, struct error *err)
{
	static const char lzop[] = "\x89LZO";
	struct archive_entry *e = NULL;

	if (len > 4 && memcmp(data, lzop, 4) == 0)
		return error_set(err, ERR_FORMAT, "the initramfs is packed by lzop, which is not "
				 "read");
	/* by name: among "all" are some for which libarchive starts a program of this machine */
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_lzma(a);
	archive_read_support_filter_lz4(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_format_raw(a);
	if (archive_read_open_memory(a, data, packed_length(data, len)) != ARCHIVE_OK ||
	    archive_read_next_header(a, &e) < ARCHIVE_WARN)
		return unpack_error(a, err);
	if (archive_filter_code(a, 0) == ARCHIVE_FILTER_NONE)
		return damaged(err);
	return 0;
}

static const char *compression_of(struct archive *a)
{
	switch (archive_filter_code(a, 0)) {
	case ARCHIVE_FILTER_GZIP: return "gzip";
	case ARCHIVE_FILTER_BZIP2: return "bzip2";
	case ARCHIVE_FILTER_XZ: return "xz";
	case ARCHIVE_FILTER_LZMA: return "lzma";
	case ARCHIVE_FILTER_LZ4: return "lz4";
	case ARCHIVE_FILTER_ZSTD: return "zstd";
	default: return "none";
	}
}

/* What was read of the file when the stream ended: what stands behind it is not unpacked yet. */
static size_t used(struct archive *a, size_t len)
{
	la_int64_t n = archive_filter_bytes(a, -1);

	return n > 0 && (uint64_t)n < len ? (size_t)n : len;
}

static int unpack(const char *data, size_t *pos, size_t len, struct tree *t,
		  const char **ret_compression, struct error *err)
{
	struct archive *a __attribute__((cleanup(close_archive))) = archive_read_new();
	struct bytes b = { .packed = a };

	if (open_packed(a, data + *pos, len - *pos, err) < 0)
		return -1;
	*ret_compression = compression_of(a);
	if (walk(&b, t, err) < 0)
		return -1;
	*pos += used(a, len - *pos);
	return 0;
}

int initramfs_read(const char *data, size_t len, struct tree *ret, const char **ret_compression,
		   struct error *err)
{
	size_t pos = 0, n_before = ret->n_nodes;

	*ret_compression = "none";
	while (pos < len) {
		struct bytes b = { .at = data + pos, .n = len - pos, .pos = pos };

		if (walk(&b, ret, err) < 0)
			return -1;
		pos = len - b.n;
		if (pos < len && unpack(data, &pos, len, ret, ret_compression, err) < 0)
			return -1;
	}
	return ret->n_nodes > n_before ? 0 : damaged(err);
}

/* The end of a stream, in zeros up to a multiple of four; the kernel wants archives there. */
static void pad(FILE *out, uint64_t total)
{
	for (; total % 4 != 0; total++)
		putc('\0', out);
}

/* What a compressed stream unpacks to; *pos goes behind it. */
static int unpack_bytes(const char *data, size_t *pos, size_t len, FILE *out, struct error *err)
{
	struct archive *a __attribute__((cleanup(close_archive))) = archive_read_new();
	struct bytes b = { .packed = a };

	if (open_packed(a, data + *pos, len - *pos, err) < 0)
		return -1;
	for (;;) {
		if (fill(&b, err) < 0)
			return -1;
		if (b.n == 0)
			break;
		fwrite(b.at, 1, b.n, out);
		b.pos += b.n;
		b.n = 0;
	}
	pad(out, b.pos);
	*pos += used(a, len - *pos);
	return 0;
}

/* All of it, run by run, with each plain one on a multiple of four as before */
static int plain_runs(const char *data, size_t len, FILE *out, struct error *err)
{
	struct tree names CLEANUP_TREE = TREE_INIT;

	for (size_t pos = 0; pos < len;) {
		struct bytes b = { .at = data + pos, .n = len - pos, .pos = pos };
		size_t start = pos;

		if (walk(&b, &names, err) < 0)
			return -1;
		pos = len - b.n;
		fwrite(data + start, 1, pos - start, out);
		if (pos < len) {
			if (ftello(out) % 4 != 0)
				pad(out, (uint64_t)ftello(out));
			if (unpack_bytes(data, &pos, len, out, err) < 0)
				return -1;
			while (pos < len && data[pos] == '\0')
				pos++;
		}
	}
	return 0;
}

int initramfs_plain(const char *data, size_t len, char **ret, size_t *ret_len, struct error *err)
{
	CLEANUP_FREE char *plain = NULL;
	size_t plain_len = 0;
	FILE *out = open_memstream(&plain, &plain_len);
	int rc = plain_runs(data, len, out, err);

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
