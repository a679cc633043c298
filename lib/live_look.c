// SPDX-License-Identifier: GPL-2.0-or-later
/* What is mounted on a running PC, and how it lies on its disks. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/live_private.h"

enum { SECTOR = 512, TABLE_MAX = 4 << 20, PROBE = 4096 };

void live_looking_clear(struct live_looking *l)
{
	for (size_t i = 0; i < l->n_volumes; i++) {
		free(l->volumes[i].name);
		free(l->volumes[i].segments);
	}
	free(l->volumes);
	for (size_t i = 0; i < l->n_mounts; i++)
		free(l->mounts[i].where);
	free(l->mounts);
}

static bool has_word(const char *list, const char *word)
{
	struct strv words CLEANUP_STRV = STRV_INIT;

	strv_split(&words, list, ",");
	return strv_has(&words, word);
}

/* proc(5): the third field is the device, the fifth the place, the sixth how. */
static int read_mounts(struct live_looking *l, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	struct strv lines CLEANUP_STRV = STRV_INIT;

	if (file_read("/proc/self/mountinfo", TABLE_MAX, &text, NULL, err) < 0)
		return -1;
	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		struct strv words CLEANUP_STRV = STRV_INIT;
		unsigned int maj, min;

		strv_split(&words, lines.v[i], " ");
		if (words.n > 6 && sscanf(words.v[2], "%u:%u", &maj, &min) == 2)
			*APPEND(l->mounts, l->n_mounts) = (struct live_mount){
				makedev(maj, min), xstrdup(words.v[4]), !has_word(words.v[5], "ro") };
	}
	return 0;
}

static uint64_t sys_number(dev_t dev, const char *name)
{
	CLEANUP_FREE char *path = xasprintf("/sys/dev/block/%u:%u/%s", major(dev), minor(dev), name);
	CLEANUP_FREE char *text = NULL;
	uint64_t n = 0;

	if (file_read(path, PROBE, &text, NULL, NULL) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	parse_u64(text, 0, UINT64_MAX / SECTOR, &n, NULL);
	return n;
}

/* Where a device begins on the disk, if it is the disk or a partition of it. */
static bool place_on(const char *disk, dev_t dev, uint64_t *ret_start)
{
	CLEANUP_FREE char *sys = xasprintf("/sys/dev/block/%u:%u", major(dev), minor(dev));
	CLEANUP_FREE char *real = NULL, *parent = NULL, *name = NULL, *outer = NULL, *base = NULL;
	struct stat st;

	if (stat(disk, &st) < 0 || path_absolute(sys, &real, NULL) < 0)
		return false;
	*ret_start = 0;
	if (st.st_rdev == dev)
		return true;
	outer = xasprintf("/sys/dev/block/%u:%u", major(st.st_rdev), minor(st.st_rdev));
	parent = path_dirname(real);
	if (path_absolute(outer, &base, NULL) < 0 || strcmp(base, parent) != 0)
		return false;
	*ret_start = sys_number(dev, "start") * SECTOR;
	return true;
}

struct live_disk *live_disk_with(struct live *l, dev_t dev, uint64_t *ret_start)
{
	for (size_t i = 0; i < l->n_disks; i++)
		if (place_on(l->disks[i].path, dev, ret_start))
			return &l->disks[i];
	return NULL;
}

int live_segment_parse(const char *line, struct live_segment *ret, struct error *err)
{
	struct strv words CLEANUP_STRV = STRV_INIT;
	struct live_segment s = { 0 };

	strv_split(&words, line, " ");
	if (words.n < 3)
		return error_set(err, ERR_FORMAT, "'%s' is no line of a device-mapper table", line);
	if (strcmp(words.v[2], "linear") != 0 || words.n != 5)
		return error_set(err, ERR_UNSUPPORTED, "a volume of the kind '%s'", words.v[2]);
	if (parse_u64(words.v[0], 0, INT64_MAX / SECTOR, &s.start, err) < 0 ||
	    parse_u64(words.v[1], 1, INT64_MAX / SECTOR, &s.size, err) < 0 ||
	    parse_u64(words.v[4], 0, INT64_MAX / SECTOR, &s.offset, err) < 0)
		return -1;
	if (sscanf(words.v[3], "%u:%u", &s.major, &s.minor) != 2)
		return error_set(err, ERR_FORMAT, "'%s' names no device", line);
	s.start *= SECTOR;
	s.size *= SECTOR;
	s.offset *= SECTOR;
	*ret = s;
	return 0;
}

/* "vg:lv" of a mapped device; NULL if it is none of LVM's. */
static char *volume_name(const char *name)
{
	const char *const argv[] = { "dmsetup", "splitname", "--noheadings", "-c", "--separator", "/",
				     "-o", "vg_name,lv_name", name, "LVM", NULL };
	char *out = NULL;

	if (child_run(argv, &out, NULL) < 0)
		return NULL;
	out[strcspn(out, "\n")] = '\0';
	if (*out && *out != '/' && strchr(out, '/') && strchr(out, '/')[1])
		return out;
	free(out);
	return NULL;
}

static int refuse_mount(const struct live_mount *m, const char *why, struct error *err)
{
	error_set(err, ERR_REFUSED, "what is mounted on '%s' cannot be captured while it runs: %s", m->where, why);
	return error_hint(err, "unmount it, or stop the PC and use the capture medium; --force-live reads the disk as it is");
}

/* On a plain partition: of what hardly ever changes, everything is on the disk when it is read. */
static int take_plain(struct live_looking *l, const struct live_mount *m, struct error *err)
{
	CLEANUP_CLOSE int fd = -1;

	if (!m->writable)
		return 0;
	if (strcmp(m->where, "/boot") != 0 && strcmp(m->where, "/boot/efi") != 0)
		return refuse_mount(m, "it is on a partition, not on a logical volume", err);
	fd = open(m->where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || syncfs(fd) < 0)
		return error_sys(err, errno, "sync '%s'", m->where);
	strv_add(&l->live->plain, m->where);
	return 0;
}

static int read_table(const struct live_mount *m, const char *name, struct live_volume *ret, struct error *err)
{
	const char *const argv[] = { "dmsetup", "table", name, NULL };
	CLEANUP_FREE char *out = NULL;
	struct strv lines CLEANUP_STRV = STRV_INIT;

	if (child_run(argv, &out, err) < 0)
		return -1;
	strv_split(&lines, out, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		struct error why CLEANUP_ERROR = ERROR_INIT;
		struct live_segment s;

		if (live_segment_parse(lines.v[i], &s, &why) < 0)
			return refuse_mount(m, why.msg, err);
		*APPEND(ret->segments, ret->n_segments) = s;
	}
	return 0;
}

static bool touches_disks(struct live_looking *l, const struct live_volume *v)
{
	uint64_t start = 0;

	for (size_t i = 0; i < v->n_segments; i++)
		if (live_disk_with(l->live, makedev(v->segments[i].major, v->segments[i].minor), &start))
			return true;
	return false;
}

static int take_mapped(struct live_looking *l, const struct live_mount *m, const char *mapped, struct error *err)
{
	struct live_volume v = { .dev = m->dev };
	int rc = read_table(m, mapped, &v, err);

	if (rc == 0 && touches_disks(l, &v)) {
		v.name = volume_name(mapped);
		if (!v.name)
			rc = refuse_mount(m, "it is mapped, but not by LVM", err);
		else
			*APPEND(l->volumes, l->n_volumes) = v;
	}
	if (rc < 0 || !v.name)
		free(v.segments);
	return rc;
}

static bool is_known(const struct live_looking *l, size_t mount)
{
	for (size_t i = 0; i < mount; i++)
		if (l->mounts[i].dev == l->mounts[mount].dev)
			return true;
	return false;
}

static int look_at_mounts(struct live_looking *l, struct error *err)
{
	for (size_t i = 0; i < l->n_mounts; i++) {
		const struct live_mount *m = &l->mounts[i];
		CLEANUP_FREE char *path = xasprintf("/sys/dev/block/%u:%u/dm/name", major(m->dev), minor(m->dev));
		CLEANUP_FREE char *mapped = NULL;
		uint64_t start = 0;
		int rc = 0;

		if (is_known(l, i))
			continue;
		if (file_read(path, PROBE, &mapped, NULL, NULL) == 0) {
			mapped[strcspn(mapped, "\n")] = '\0';
			rc = take_mapped(l, m, mapped, err);
		} else if (live_disk_with(l->live, m->dev, &start)) {
			rc = take_plain(l, m, err);
		}
		if (rc < 0)
			return -1;
	}
	return 0;
}

int live_look(struct live_looking *l, struct error *err)
{
	return read_mounts(l, err) < 0 ? -1 : look_at_mounts(l, err);
}
