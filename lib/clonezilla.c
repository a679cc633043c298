// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the parts of a disk in a folder of Clonezilla. */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/clonezilla.h"

enum { TEXT_MAX = 1 << 20, SECTOR = 512, GPT_FIRST = 34 * SECTOR, GPT_LAST = 33 * SECTOR, EBR_MAX = 4096 };

struct folder {
	const char *dir, *disk;
	struct strv names;		/* of all files, sorted */
};

static char *path_of(const struct folder *f, const char *name, const char *suffix)
{
	return xasprintf("%s/%s%s", f->dir, name, suffix);
}

static int read_text(const struct folder *f, const char *name, const char *suffix, char **ret, struct error *err)
{
	CLEANUP_FREE char *path = path_of(f, name, suffix);

	return file_read(path, TEXT_MAX, ret, NULL, err);
}

static bool is_name(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_-", *p))
			return false;
	return *name && strlen(name) <= 32;
}

int clonezilla_disks(const char *dir, struct strv *ret, struct error *err)
{
	CLEANUP_FREE char *path = path_join(dir, "disk"), *text = NULL;
	struct error why CLEANUP_ERROR = ERROR_INIT;

	if (file_read(path, TEXT_MAX, &text, NULL, &why) < 0) {
		if (why.code != ERR_NOT_FOUND)
			return error_move(err, &why);
		error_set(err, ERR_FORMAT, "'%s' is no folder that Clonezilla saved whole disks to", dir);
		return error_hint(err, "give the folder with the files 'disk' and 'sda-pt.sf'; partitions that were "
				  "saved alone are no disk");
	}
	strv_split(ret, text, " \t\r\n");
	for (size_t i = 0; i < ret->n; i++)
		if (!is_name(ret->v[i]))
			return error_set(err, ERR_FORMAT, "'%s' names an odd disk", path);
	if (ret->n == 0 || ret->n > CLONEZILLA_DISKS_MAX)
		return error_set(err, ERR_FORMAT, "'%s' names %zu disks", path, ret->n);
	return 0;
}

static int list_names(struct folder *f, struct error *err)
{
	DIR *d = opendir(f->dir);
	struct dirent *e;

	if (!d)
		return error_sys(err, errno, "open '%s'", f->dir);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			strv_add(&f->names, e->d_name);
	closedir(d);
	strv_sort(&f->names);
	return 0;
}

/* "Disk /dev/sda: 2097152s", "Sector size (logical/physical): 512B/512B" */
static void read_parted(const char *text, struct clonezilla *c)
{
	const char *disk = strstr(text, "Disk /dev/"), *sector = strstr(text, "Sector size");
	unsigned long long size = 0;
	unsigned int logical = 0;

	sector = sector ? strstr(sector, "): ") : NULL;
	if (sector && sscanf(sector, "): %uB", &logical) == 1 && (logical == 512 || logical == 4096))
		c->sector_size = logical;
	disk = disk ? strchr(disk, ':') : NULL;
	if (disk && sscanf(disk, ": %llus", &size) == 1 && size <= INT64_MAX / c->sector_size)
		c->size = size * c->sector_size;
}

/* Without parted's text the disk ends behind its last partition, and a GPT. */
static int learn_size(const struct folder *f, const struct clonezilla_part *parts, size_t n,
		      struct clonezilla *c, struct error *err)
{
	uint64_t end = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t part_end = 0;

		if (ADD_OVERFLOW(parts[i].start, parts[i].size, &part_end) || part_end > INT64_MAX)
			return error_set(err, ERR_FORMAT, "partition %s has an impossible size", parts[i].name);
		end = MAX(end, part_end);
	}
	if (c->size && end > c->size)
		return error_set(err, ERR_FORMAT, "the partitions of '%s/%s' are larger than it", f->dir, f->disk);
	if (!c->size)
		c->size = end + GPT_LAST;
	return 0;
}

static struct clonezilla_area *add_area(struct clonezilla *c, uint64_t start, uint64_t size)
{
	struct clonezilla_area *a = APPEND(c->areas, c->n_areas);

	*a = (struct clonezilla_area){ .start = start, .size = size, .image = STRV_INIT };
	return a;
}

/* A file that need not be there; at most @max bytes of it. */
static bool add_file(const struct folder *f, const char *suffix, uint64_t start, uint64_t max,
		     struct clonezilla *c)
{
	CLEANUP_FREE char *path = path_of(f, f->disk, suffix);
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || start >= c->size)
		return false;
	max = MIN(max, c->size - start);
	add_area(c, start, MIN((uint64_t)st.st_size, max))->file = STEAL(path);
	return true;
}

static int add_table(const struct folder *f, const struct clonezilla_part *parts, size_t n,
		     struct clonezilla *c, struct error *err)
{
	uint64_t first = c->size;

	for (size_t i = 0; i < n; i++)
		first = MIN(first, parts[i].start);
	if (first > SECTOR)
		add_file(f, "-hidden-data-after-mbr", SECTOR, first - SECTOR, c);
	if (c->size > GPT_LAST && add_file(f, "-gpt-1st", 0, GPT_FIRST, c)) {
		if (!add_file(f, "-gpt-2nd", c->size - GPT_LAST, GPT_LAST, c))
			return error_set(err, ERR_NOT_FOUND, "'%s' has no second GPT of %s", f->dir, f->disk);
		return 0;
	}
	if (!add_file(f, "-mbr", 0, SECTOR, c))
		return error_set(err, ERR_NOT_FOUND, "'%s' has no first sector of %s: neither %s-mbr nor "
				 "%s-gpt-1st", f->dir, f->disk, f->disk, f->disk);
	return 0;
}

/* "sda1.ext4-ptcl-img.zst.aa", "sda1.dd-img"; not "sda1.dd-img.info" */
static bool is_image_of(const char *name, const char *part)
{
	size_t len = strlen(part);

	return strncmp(name, part, len) == 0 && name[len] == '.' && strstr(name + len, "-img") &&
	       !path_has_suffix(name, ".info");
}

static int add_swap(const struct folder *f, const struct clonezilla_part *p, struct clonezilla *c)
{
	CLEANUP_FREE char *name = xasprintf("swappt-%s", p->name), *info = NULL;

	if (p->size < 10 * 4096 || (read_text(f, name, ".info", &info, NULL) < 0 && !p->swap))
		return 0;
	add_area(c, p->start, 4096)->bytes = clonezilla_swap_page(p->size, info ? info : "");
	return 1;
}

static int add_part(const struct folder *f, const struct clonezilla_part *p, struct clonezilla *c,
		    struct error *err)
{
	struct strv image = STRV_INIT;

	for (size_t i = 0; i < f->names.n; i++)
		if (is_image_of(f->names.v[i], p->name))
			strv_take(&image, path_of(f, f->names.v[i], ""));
	if (image.n) {
		add_area(c, p->start, p->size)->image = image;
		return 0;
	}
	if (add_swap(f, p, c))
		return 0;
	if (strv_has(&f->names, "lvm_vg_dev.list")) {
		error_set(err, ERR_UNSUPPORTED, "'%s' has logical volumes, which are saved apart from partition %s",
			  f->dir, p->name);
		return error_hint(err, "restore it with Clonezilla to a disk or an image, and capture that");
	}
	error_set(err, ERR_NOT_FOUND, "'%s' has no image of partition %s", f->dir, p->name);
	return error_hint(err, "save the whole disk again, or restore it with Clonezilla and capture that");
}

static int add_parts(const struct folder *f, const struct clonezilla_part *parts, size_t n,
		     struct clonezilla *c, struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		CLEANUP_FREE char *path = path_of(f, parts[i].name, "-ebr"), *boot = NULL;
		size_t len = 0;

		if (!clonezilla_is_extended(&parts[i])) {
			if (add_part(f, &parts[i], c, err) < 0)
				return -1;
			continue;
		}
		file_read(path, EBR_MAX, &boot, &len, NULL);
		if (clonezilla_chain(parts, n, boot && len >= SECTOR ? (const uint8_t *)boot : NULL, c, err) < 0)
			return -1;
	}
	return 0;
}

static int read_folder(struct folder *f, struct clonezilla *c, struct error *err)
{
	CLEANUP_FREE char *table = NULL, *parted = NULL;
	struct clonezilla_part *parts = NULL;
	size_t n = 0;
	int rc;

	if (list_names(f, err) < 0 || read_text(f, f->disk, "-pt.sf", &table, err) < 0)
		return -1;
	if (read_text(f, f->disk, "-pt.parted", &parted, NULL) == 0)
		read_parted(parted, c);
	if (clonezilla_parts(table, c->sector_size, &parts, &n, err) < 0)
		return error_wrap(err, "read '%s/%s-pt.sf'", f->dir, f->disk);
	rc = n == 0 ? error_set(err, ERR_FORMAT, "'%s/%s-pt.sf' names no partition", f->dir, f->disk) :
	     learn_size(f, parts, n, c, err) < 0 || add_parts(f, parts, n, c, err) < 0 ||
	     add_table(f, parts, n, c, err) < 0 ? -1 : 0;
	clonezilla_parts_free(parts, n);
	return rc;
}

int clonezilla_open(struct clonezilla *ret, const char *dir, const char *disk, struct error *err)
{
	struct clonezilla c CLEANUP_CLONEZILLA = { .sector_size = SECTOR };
	struct folder f = { .dir = dir, .disk = disk, .names = STRV_INIT };
	int rc = read_folder(&f, &c, err);

	strv_clear(&f.names);
	if (rc < 0)
		return -1;
	*ret = c;
	c = (struct clonezilla)CLONEZILLA_INIT;
	return 0;
}

void clonezilla_clear(struct clonezilla *c)
{
	for (size_t i = 0; i < c->n_areas; i++) {
		free(c->areas[i].bytes);
		free(c->areas[i].file);
		strv_clear(&c->areas[i].image);
	}
	free(c->areas);
	*c = (struct clonezilla)CLONEZILLA_INIT;
}
