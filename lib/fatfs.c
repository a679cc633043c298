// SPDX-License-Identifier: GPL-2.0-or-later
/* Names and small files on a FAT volume. Microsoft, "FAT: General Overview of On-Disk Format", 1.03. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/base/interrupt.h"
#include "lib/fatfs.h"

enum {
	FAT12_CLUSTERS = 4085, FAT16_CLUSTERS = 65525,
	ENTRY = 32, ATTR_VOLUME = 0x08, ATTR_FOLDER = 0x10, ATTR_LONG = 0x0f,
	CHAIN_MAX = 1 << 20,
};

/* One entry of a folder. */
struct dirent_fat {
	char name[13];
	bool folder;
	uint32_t cluster, size;
};

int reader_get(const struct reader *r, uint64_t at, void *buf, size_t len)
{
	return at > r->size || len > r->size - at ? -1 : r->read(r->ctx, at, buf, len);
}

static bool power_of_two(uint32_t n)
{
	return n && (n & (n - 1)) == 0;
}

static bool plausible(const uint8_t *b)
{
	uint16_t sector = get_le16(b + 11);

	return (b[0] == 0xeb || b[0] == 0xe9) && sector >= 128 && sector <= 4096 &&
	       power_of_two(sector) && power_of_two(b[13]) && get_le16(b + 14) > 0 && b[16] >= 1 &&
	       b[16] <= 2 && (b[21] == 0xf0 || b[21] >= 0xf8);
}

int fatfs_parse(struct fatfs *ret, const uint8_t *b, struct error *err)
{
	struct fatfs f = { .sector = get_le16(b + 11), .sectors = get_le16(b + 24),
			   .heads = get_le16(b + 26), .hidden = get_le32(b + 28) };
	uint64_t sectors = get_le16(b + 19) ? get_le16(b + 19) : get_le32(b + 32);
	uint64_t table = get_le16(b + 22) ? get_le16(b + 22) : get_le32(b + 36);
	uint64_t root, before;

	if (!plausible(b))
		return error_set(err, ERR_FORMAT, "has no boot sector of FAT");
	root = ((uint64_t)get_le16(b + 17) * ENTRY + f.sector - 1) / f.sector;
	before = get_le16(b + 14) + b[16] * table + root;
	if (!table || before >= sectors)
		return error_set(err, ERR_FORMAT, "the sizes in its boot sector are impossible");
	f.cluster = f.sector * b[13];
	f.table = get_le16(b + 14) * f.sector;
	f.root = (before - root) * f.sector;
	f.root_size = (uint64_t)get_le16(b + 17) * ENTRY;
	f.data = before * f.sector;
	f.clusters = (sectors - before) / b[13];
	f.bits = f.clusters < FAT12_CLUSTERS ? 12 : f.clusters < FAT16_CLUSTERS ? 16 : 32;
	if ((f.bits == 32) != (get_le16(b + 22) == 0) || f.clusters > table * f.sector * 8 / f.bits)
		return error_set(err, ERR_FORMAT, "its boot sector contradicts itself");
	if (f.bits == 32)
		f.root_cluster = get_le32(b + 44);
	for (size_t i = 0; i < 8; i++)
		f.oem[i] = isprint(b[3 + i]) ? (char)b[3 + i] : '?';
	*ret = f;
	return 0;
}

int fatfs_open(struct fatfs *ret, const struct reader *reader, struct error *err)
{
	uint8_t sector[512];

	if (reader_get(reader, 0, sector, sizeof(sector)) < 0)
		return error_set(err, ERR_FORMAT, "its first sector cannot be read");
	if (fatfs_parse(ret, sector, err) < 0)
		return -1;
	ret->reader = reader;
	return 0;
}

/* The cluster behind this one; 0: the chain ends here, or is broken. */
static uint32_t next_cluster(const struct fatfs *f, uint32_t cluster)
{
	uint64_t bit = (uint64_t)cluster * f->bits;
	uint8_t raw[4] = { 0 };
	uint32_t n;

	if (reader_get(f->reader, f->table + bit / 8, raw, f->bits == 32 ? 4 : 2) < 0)
		return 0;
	n = get_le32(raw);
	if (f->bits == 12)
		n = cluster & 1 ? n >> 4 : n;
	n &= f->bits == 12 ? 0xfff : f->bits == 16 ? 0xffff : 0x0fffffff;
	return n >= 2 && n < f->clusters + 2 ? n : 0;
}

static bool is_cluster(const struct fatfs *f, uint32_t cluster)
{
	return cluster >= 2 && cluster < f->clusters + 2;
}

static uint64_t place(const struct fatfs *f, uint32_t cluster)
{
	return f->data + (uint64_t)(cluster - 2) * f->cluster;
}

static struct dirent_fat read_entry(const struct fatfs *f, const uint8_t *e)
{
	struct dirent_fat d = { .folder = e[11] & ATTR_FOLDER, .size = get_le32(e + 28),
				.cluster = get_le16(e + 26) };
	size_t n = 0;

	if (f->bits == 32)
		d.cluster |= (uint32_t)get_le16(e + 20) << 16;
	for (size_t i = 0; i < 11; i++) {
		if (i == 8 && e[8] != ' ')
			d.name[n++] = '.';
		if (e[i] != ' ')
			d.name[n++] = isprint(e[i]) ? (char)toupper(e[i]) : '_';
	}
	return d;
}

struct walk {
	/* true: stop here */
	bool (*take)(void *ctx, const struct dirent_fat *d);
	void *ctx;
	size_t n;		/* entries seen */
	bool stopped;
};

/* false: the folder ends in this piece */
static bool walk_piece(const struct fatfs *f, struct walk *w, const uint8_t *piece, size_t len)
{
	for (size_t at = 0; at + ENTRY <= len; at += ENTRY) {
		const uint8_t *e = piece + at;
		struct dirent_fat d;

		if (e[0] == 0 || ++w->n > FATFS_ENTRIES_MAX)
			return false;
		if (e[0] == 0xe5 || (e[11] & ATTR_LONG) == ATTR_LONG || (e[11] & ATTR_VOLUME) ||
		    e[0] == '.')
			continue;
		d = read_entry(f, e);
		if (w->take(w->ctx, &d)) {
			w->stopped = true;
			return false;
		}
	}
	return true;
}

/* @cluster 0: the root of FAT12 and FAT16 */
static void walk_folder(const struct fatfs *f, uint32_t cluster, struct walk *w)
{
	size_t len = cluster ? (size_t)f->cluster : (size_t)f->root_size;
	CLEANUP_FREE uint8_t *piece = xmalloc(len + 1);
	uint64_t at = cluster ? place(f, cluster) : f->root;

	for (size_t i = 0; i < CHAIN_MAX; i++) {
		if ((cluster && !is_cluster(f, cluster)) ||
		    reader_get(f->reader, at, piece, len) < 0 || !walk_piece(f, w, piece, len))
			return;
		cluster = cluster ? next_cluster(f, cluster) : 0;
		if (!cluster)
			return;
		at = place(f, cluster);
	}
}

struct search {
	const char *name;
	size_t len;
	struct dirent_fat found;
};

static bool match(void *ctx, const struct dirent_fat *d)
{
	struct search *s = ctx;

	if (strlen(d->name) != s->len || strncasecmp(d->name, s->name, s->len) != 0)
		return false;
	s->found = *d;
	return true;
}

static bool find(const struct fatfs *f, const char *path, struct dirent_fat *ret)
{
	struct dirent_fat d = { .folder = true, .cluster = f->root_cluster };

	for (size_t depth = 0; *path && depth < FATFS_DEPTH_MAX; depth++) {
		struct search s = { .name = path, .len = strcspn(path, "/") };
		struct walk w = { .take = match, .ctx = &s };

		if (!d.folder)
			return false;
		walk_folder(f, d.cluster, &w);
		if (!w.stopped)
			return false;
		d = s.found;
		if (!is_cluster(f, d.cluster) && (d.folder || d.size))
			return false;
		path += s.len + (path[s.len] == '/');
	}
	*ret = d;
	return !*path;
}

bool fatfs_has(const struct fatfs *f, const char *path)
{
	struct dirent_fat d;

	return find(f, path, &d);
}

bool fatfs_has_bytes(const struct fatfs *f, const char *path)
{
	struct dirent_fat d;

	return find(f, path, &d) && (d.folder || d.size);
}

static bool note(void *ctx, const struct dirent_fat *d)
{
	strv_addf(ctx, "%s%s", d->name, d->folder ? "/" : "");
	return false;
}

int fatfs_list(const struct fatfs *f, const char *folder, struct strv *ret, struct error *err)
{
	struct walk w = { .take = note, .ctx = ret };
	struct dirent_fat d;

	if (!find(f, folder, &d) || !d.folder)
		return error_set(err, ERR_NOT_FOUND, "there is no folder '%s'", folder);
	walk_folder(f, d.cluster, &w);
	return 0;
}

int fatfs_read(const struct fatfs *f, const char *path, size_t max, char **ret, size_t *ret_len,
	       struct error *err)
{
	struct dirent_fat d;
	CLEANUP_FREE char *data = NULL;
	size_t want, done = 0;

	if (!find(f, path, &d) || d.folder)
		return error_set(err, ERR_NOT_FOUND, "there is no file '%s'", path);
	want = MIN((size_t)d.size, max);
	data = xmalloc(want + 1);
	for (uint32_t c = d.cluster; done < want;) {
		size_t len = MIN(want - done, (size_t)f->cluster);

		if (!is_cluster(f, c) || reader_get(f->reader, place(f, c), data + done, len) < 0)
			return error_set(err, ERR_FORMAT, "'%s' is not whole", path);
		done += len;
		c = next_cluster(f, c);
	}
	data[want] = '\0';
	*ret = STEAL(data);
	*ret_len = want;
	return 0;
}

/* Whose the clusters in some areas are: folders are gone through one after the other, breadth first. */
struct hunt {
	const struct fatfs *f;
	const struct ranges *areas;
	struct strv *names;
	struct ranges *data;	/* or NULL */
	struct strv folders;	/* "/", "/DOS/" */
	uint32_t *clusters;	/* where they begin */
	size_t n_clusters;
	const char *folder;	/* that is being read */
	size_t steps;		/* of all chains, so that a damaged volume costs no hours */
	bool whole;		/* nothing was left out */
};

static void follow(struct hunt *h, const char *path, uint32_t cluster, bool is_file)
{
	uint64_t left = h->f->clusters;
	bool hit = false;

	for (uint32_t c = cluster; is_cluster(h->f, c); c = next_cluster(h->f, c)) {
		uint64_t at = place(h->f, c);

		if (!left-- || ++h->steps > FATFS_STEPS_MAX) {
			h->whole = false;
			break;
		}
		if (!ranges_touch(h->areas, at, at + h->f->cluster))
			continue;
		hit = true;
		if (is_file && h->data)
			ranges_add(h->data, at, at + h->f->cluster);
	}
	if (hit && h->names->n < FATFS_NAMES_MAX)
		strv_add(h->names, path);
	else if (hit)
		h->whole = false;
}

static bool look_at_owner(void *ctx, const struct dirent_fat *d)
{
	struct hunt *h = ctx;
	CLEANUP_FREE char *path = xasprintf("%s%s%s", h->folder, d->name, d->folder ? "/" : "");

	follow(h, path, d->cluster, !d->folder);
	if (!d->folder || !is_cluster(h->f, d->cluster))
		return false;
	if (h->folders.n >= FATFS_ENTRIES_MAX) {
		h->whole = false;
		return false;
	}
	strv_add(&h->folders, path);
	*APPEND(h->clusters, h->n_clusters) = d->cluster;
	return false;
}

static size_t depth_of(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

int fatfs_files_in(const struct fatfs *f, const struct ranges *areas, struct strv *ret_names,
		   struct ranges *ret_data, struct error *err)
{
	struct hunt h = { .f = f, .areas = areas, .names = ret_names, .data = ret_data,
			  .folders = STRV_INIT, .whole = true };
	int rc = 0;

	strv_add(&h.folders, "/");
	*APPEND(h.clusters, h.n_clusters) = f->root_cluster;
	follow(&h, "/", f->root_cluster, false);
	for (size_t i = 0; i < h.folders.n && h.steps <= FATFS_STEPS_MAX && rc == 0; i++) {
		struct walk w = { .take = look_at_owner, .ctx = &h };
		CLEANUP_FREE char *folder = xstrdup(h.folders.v[i]);

		h.folder = folder;
		if (depth_of(folder) <= FATFS_DEPTH_MAX)
			walk_folder(f, h.clusters[i], &w);
		else
			h.whole = false;
		h.whole = h.whole && w.n <= FATFS_ENTRIES_MAX;
		rc = interrupt_check(err);
	}
	strv_clear(&h.folders);
	free(h.clusters);
	if (rc < 0)
		return -1;
	return h.whole ? 0 : error_set(err, ERR_FORMAT, "it is damaged or too large: not all of its files "
				       "could be looked at");
}
