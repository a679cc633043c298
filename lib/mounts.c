// SPDX-License-Identifier: GPL-2.0-or-later
/* The block devices of a running Linux, and what is mounted from them. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/mounts.h"

enum { SECTOR = 512, DEPTH_MAX = 16 };

static char *first_line(const struct facts *f, const char *path)
{
	char *text = facts_read(f, path, NULL);

	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

char *block_word(const struct facts *f, dev_t dev, const char *name)
{
	CLEANUP_FREE char *path = xasprintf("sys/dev/block/%u:%u/%s", major(dev), minor(dev), name);

	return first_line(f, path);
}

/* The real folder of a device in /sys. */
static char *folder_of(const struct facts *f, dev_t dev)
{
	CLEANUP_FREE char *path = xasprintf("sys/dev/block/%u:%u", major(dev), minor(dev));

	return dev ? facts_real(f, path) : NULL;
}

char *block_name(const struct facts *f, dev_t dev)
{
	CLEANUP_FREE char *folder = folder_of(f, dev);

	return folder ? path_basename(folder) : NULL;
}

static bool number_in(const struct facts *f, const char *folder, dev_t *ret)
{
	CLEANUP_FREE char *path = path_join(folder, "dev"), *text = first_line(f, path);
	unsigned int maj, min;

	if (!text || sscanf(text, "%u:%u", &maj, &min) != 2)
		return false;
	*ret = makedev(maj, min);
	return true;
}

/* Mapped devices have their names in /dev/mapper from udev, which a copy of /sys knows nothing of. */
static bool find_mapped(const struct facts *f, const char *name, dev_t *ret)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	facts_list(f, "sys/class/block", &names);
	for (size_t i = 0; i < names.n; i++) {
		CLEANUP_FREE char *folder = path_join("sys/class/block", names.v[i]);
		CLEANUP_FREE char *path = path_join(folder, "dm/name"), *text = first_line(f, path);

		if (text && strcmp(text, name) == 0)
			return number_in(f, folder, ret);
	}
	return false;
}

bool block_find(const struct facts *f, const char *path, dev_t *ret)
{
	CLEANUP_FREE char *name = path_basename(path), *folder = path_join("sys/class/block", name);
	struct stat st;

	if (path[0] != '/')
		return false;
	if (f->live && stat(path, &st) == 0) {
		*ret = st.st_rdev;
		return S_ISBLK(st.st_mode);
	}
	return number_in(f, folder, ret) || find_mapped(f, name, ret);
}

dev_t *block_list(const struct facts *f, dev_t dev, const char *folder, size_t *ret_n)
{
	CLEANUP_FREE char *path = xasprintf("sys/dev/block/%u:%u/%s", major(dev), minor(dev), folder);
	struct strv names CLEANUP_STRV = STRV_INIT;
	dev_t *list = NULL, number;
	size_t n = 0;

	facts_list(f, path, &names);
	for (size_t i = 0; i < names.n; i++) {
		CLEANUP_FREE char *one = path_join(path, names.v[i]);

		if (number_in(f, one, &number))
			*APPEND(list, n) = number;
	}
	*ret_n = n;
	return list;
}

/* A partition lies below its disk in /sys. */
dev_t block_disk(const struct facts *f, dev_t dev)
{
	CLEANUP_FREE char *mark = block_word(f, dev, "partition"), *folder = folder_of(f, dev);
	CLEANUP_FREE char *parent = folder ? path_dirname(folder) : NULL;
	dev_t disk = 0;

	return mark && parent && number_in(f, parent, &disk) ? disk : 0;
}

bool block_place(const struct facts *f, dev_t dev, dev_t disk, uint64_t *ret_start)
{
	CLEANUP_FREE char *start = NULL;

	*ret_start = 0;
	if (dev == disk)
		return true;
	if (block_disk(f, dev) != disk)
		return false;
	start = block_word(f, dev, "start");
	if (start && parse_u64(start, 0, UINT64_MAX / SECTOR, ret_start, NULL) == 0)
		*ret_start *= SECTOR;
	return true;
}

/* What goes deeper than anything does counts as standing on it. */
static bool stands_on(const struct facts *f, dev_t dev, dev_t disk, unsigned int depth)
{
	CLEANUP_FREE dev_t *slaves = NULL;
	dev_t whole = 0;
	size_t n = 0;

	if (dev == disk || depth == 0)
		return true;
	whole = block_disk(f, dev);
	if (whole && stands_on(f, whole, disk, depth - 1))
		return true;
	slaves = block_list(f, dev, "slaves", &n);
	for (size_t i = 0; i < n; i++)
		if (stands_on(f, slaves[i], disk, depth - 1))
			return true;
	return false;
}

bool block_stands_on(const struct facts *f, dev_t dev, dev_t disk)
{
	return dev && stands_on(f, dev, disk, DEPTH_MAX);
}

/* Blanks and line ends stand as \040 in the table of mounts. */
static char *unescape(const char *text)
{
	char *s = xstrdup(text), *to = s;

	for (const char *c = s; *c; c++) {
		unsigned int value;
		int len = 0;

		if (*c == '\\' && sscanf(c + 1, "%3o%n", &value, &len) == 1 && len == 3) {
			*to++ = (char)value;
			c += 3;
		} else {
			*to++ = *c;
		}
	}
	*to = '\0';
	return s;
}

static bool has_word(const char *list, const char *word)
{
	struct strv words CLEANUP_STRV = STRV_INIT;

	strv_split(&words, list, ",");
	return strv_has(&words, word);
}

/*
 * The third field is the device, the fifth the place; behind a "-" stand type, source and the options of the file
 * system. btrfs and others show a device number of their own: then it is what was mounted.
 */
static void read_line(struct mounts *m, const struct facts *f, const char *line)
{
	struct strv w CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *folder = NULL, *source = NULL;
	unsigned int maj, min;
	struct mount *one;
	dev_t dev;
	size_t dash;

	strv_split(&w, line, " ");
	for (dash = 6; dash < w.n && strcmp(w.v[dash], "-") != 0; dash++)
		;
	/* an empty source leaves one word less */
	if (dash + 2 >= w.n || sscanf(w.v[2], "%u:%u", &maj, &min) != 2)
		return;
	dev = makedev(maj, min);
	folder = folder_of(f, dev);
	source = unescape(w.v[dash + 2]);
	if (!folder && !block_find(f, source, &dev))
		dev = 0;
	one = APPEND(m->v, m->n);
	*one = (struct mount){ dev, unescape(w.v[4]), xstrdup(w.v[dash + 1]), !has_word(w.v[w.n - 1], "ro") };
}

int mounts_read(struct mounts *ret, const struct facts *f, struct error *err)
{
	struct strv lines CLEANUP_STRV = STRV_INIT;
	size_t len = 0;
	CLEANUP_FREE char *text = facts_read(f, "proc/self/mountinfo", &len);

	if (!text)
		return error_sys(err, errno, "read '/proc/self/mountinfo'");
	if (len >= FACTS_FILE_MAX)
		return error_set(err, ERR_FORMAT, "'/proc/self/mountinfo' has more than %d bytes", FACTS_FILE_MAX);
	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n; i++)
		read_line(ret, f, lines.v[i]);
	return 0;
}

void mounts_clear(struct mounts *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->v[i].where);
		free(m->v[i].type);
	}
	free(m->v);
	*m = (struct mounts)MOUNTS_INIT;
}

static bool lies_in(const char *path, const char *where)
{
	size_t len = strlen(where);

	if (strcmp(where, "/") == 0)
		return true;
	return strncmp(path, where, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

const struct mount *mounts_of(const struct mounts *m, const char *path)
{
	const struct mount *best = NULL;

	for (size_t i = 0; i < m->n; i++)
		if (lies_in(path, m->v[i].where) &&
		    (!best || strlen(m->v[i].where) >= strlen(best->where)))
			best = &m->v[i];
	return best;
}

char *mounts_swap_on(const struct facts *f, dev_t dev)
{
	CLEANUP_FREE char *text = facts_read(f, "proc/swaps", NULL);
	struct strv lines CLEANUP_STRV = STRV_INIT;
	uint64_t start = 0;

	if (text)
		strv_split(&lines, text, "\n");
	for (size_t i = 1; i < lines.n; i++) {
		dev_t swap = 0;

		lines.v[i][strcspn(lines.v[i], " \t")] = '\0';
		if (block_find(f, lines.v[i], &swap) && block_place(f, swap, dev, &start))
			return xstrdup(lines.v[i]);
	}
	return NULL;
}
