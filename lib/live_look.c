// SPDX-License-Identifier: GPL-2.0-or-later
/* What is mounted on a running PC, how it lies on its disks, and whether it can be taken so. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/live_private.h"

enum { SECTOR = 512 };

void live_looking_clear(struct live_looking *l)
{
	for (size_t i = 0; i < l->n_volumes; i++) {
		free(l->volumes[i].name);
		free(l->volumes[i].segments);
	}
	free(l->volumes);
	mounts_clear(&l->mounts);
	facts_close(&l->facts);
}

struct live_disk *live_disk_with(const struct live_looking *l, dev_t dev, uint64_t *ret_start)
{
	for (size_t i = 0; i < l->live->n_disks; i++)
		if (block_place(&l->facts, dev, l->live->disks[i].dev, ret_start))
			return &l->live->disks[i];
	return NULL;
}

struct live_disk *live_disk_below(const struct live_looking *l, dev_t dev)
{
	for (size_t i = 0; i < l->live->n_disks; i++)
		if (block_stands_on(&l->facts, dev, l->live->disks[i].dev))
			return &l->live->disks[i];
	return NULL;
}

/* The device mapper's names for who mapped it: "LVM-", "CRYPT-LUKS2-", "mpath-". */
static bool is_mapped_by(const struct live_looking *l, dev_t dev, const char *who)
{
	CLEANUP_FREE char *uuid = block_word(&l->facts, dev, "dm/uuid");

	return uuid && strncmp(uuid, who, strlen(who)) == 0;
}

char *live_kind(const struct live_looking *l, dev_t dev)
{
	CLEANUP_FREE char *mapped = block_word(&l->facts, dev, "dm/name"), *name = block_name(&l->facts, dev);
	CLEANUP_FREE char *raid = block_word(&l->facts, dev, "md/level");
	const char *show = mapped ? mapped : name ? name : "it";

	if (raid)
		return xasprintf("%s is a RAID (%s)", show, raid);
	if (is_mapped_by(l, dev, "CRYPT-"))
		return xasprintf("%s is encrypted", show);
	if (is_mapped_by(l, dev, "LVM-"))
		return xasprintf("%s is a logical volume", show);
	return mapped ? xasprintf("%s is mapped, but not by LVM", show) : xstrdup(show);
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

/* "vg/lv" of a mapped device; NULL if it is none of LVM's. */
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

static int refuse_mount(const struct mount *m, const char *why, struct error *err)
{
	error_set(err, ERR_REFUSED, "what is mounted on '%s' cannot be captured while it runs: %s", m->where, why);
	return error_hint(err, "unmount it, or stop the PC and use the capture medium; --force-live reads the disk as it is");
}

/* On a plain partition: of what hardly ever changes, everything is on the disk when it is read. */
static int take_plain(struct live_looking *l, const struct mount *m, struct error *err)
{
	CLEANUP_CLOSE int fd = -1;

	if (strcmp(m->where, "/boot") != 0 && strcmp(m->where, "/boot/efi") != 0)
		return refuse_mount(m, "it is on a partition, not on a logical volume", err);
	fd = l->facts.live ? open(m->where, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (l->facts.live && (fd < 0 || syncfs(fd) < 0))
		return error_sys(err, errno, "sync '%s'", m->where);
	strv_add(&l->live->plain, m->where);
	return 0;
}

static int read_table(const struct mount *m, const char *name, struct live_volume *ret, struct error *err)
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

static const struct live_volume *volume_of(const struct live_looking *l, dev_t dev)
{
	for (size_t i = 0; i < l->n_volumes; i++)
		if (l->volumes[i].dev == dev)
			return &l->volumes[i];
	return NULL;
}

/* The volume may lie on partitions of the disks, and on other disks; on nothing that lies between. */
static int check_below(const struct live_looking *l, const struct mount *m, struct error *err)
{
	size_t n = 0;
	CLEANUP_FREE dev_t *below = block_list(&l->facts, m->dev, "slaves", &n);

	for (size_t i = 0; i < n; i++) {
		uint64_t start = 0;
		CLEANUP_FREE char *kind = live_kind(l, below[i]);

		if (live_disk_below(l, below[i]) && !live_disk_with(l, below[i], &start))
			return refuse_mount(m, kind, err);
	}
	return 0;
}

static int take_volume(struct live_looking *l, const struct mount *m, struct error *err)
{
	CLEANUP_FREE char *mapped = block_word(&l->facts, m->dev, "dm/name");
	struct live_volume v = { .dev = m->dev };

	if (volume_of(l, m->dev))
		return 0;
	/* all devices with the same UUID are one file system to btrfs: a snapshot would be one more of them */
	if (strcmp(m->type, "btrfs") == 0)
		return refuse_mount(m, "it is a btrfs, which a snapshot of LVM beside it can damage", err);
	if (check_below(l, m, err) < 0)
		return -1;
	v.name = mapped ? volume_name(mapped) : NULL;
	if (!v.name)
		return refuse_mount(m, "it is mapped, but not by LVM", err);
	if (read_table(m, mapped, &v, err) < 0) {
		free(v.name);
		free(v.segments);
		return -1;
	}
	*APPEND(l->volumes, l->n_volumes) = v;
	return 0;
}

dev_t live_device_on_disk(const struct live_looking *l, const struct mount *m)
{
	struct strv systems CLEANUP_STRV = STRV_INIT;
	bool btrfs = strcmp(m->type, "btrfs") == 0;

	if (live_disk_below(l, m->dev))
		return m->dev;
	if (btrfs)
		facts_list(&l->facts, "sys/fs/btrfs", &systems);
	for (size_t i = 0; i < systems.n; i++) {
		CLEANUP_FREE char *path = xasprintf("sys/fs/btrfs/%s/devices", systems.v[i]);
		struct strv names CLEANUP_STRV = STRV_INIT;
		bool ours = false;
		dev_t dev = 0, found = 0;

		facts_list(&l->facts, path, &names);
		for (size_t j = 0; j < names.n; j++) {
			CLEANUP_FREE char *node = xasprintf("/dev/%s", names.v[j]);

			if (!block_find(&l->facts, node, &dev))
				continue;
			ours |= dev == m->dev;
			if (live_disk_below(l, dev))
				found = dev;
		}
		if (ours && found)
			return found;
	}
	return 0;
}

static int look_at_mount(struct live_looking *l, const struct mount *m, struct error *err)
{
	dev_t dev = live_device_on_disk(l, m);
	CLEANUP_FREE char *kind = dev ? live_kind(l, dev) : NULL;
	uint64_t start = 0;

	if (!dev || (!m->writable && !is_mapped_by(l, dev, "LVM-")))
		return 0;
	if (is_mapped_by(l, m->dev, "LVM-"))
		return take_volume(l, m, err);
	if (dev == m->dev && live_disk_with(l, dev, &start))
		return take_plain(l, m, err);
	return refuse_mount(m, kind, err);
}

int live_look(struct live_looking *l, struct error *err)
{
	if (mounts_read(&l->mounts, &l->facts, err) < 0)
		return -1;
	for (size_t i = 0; i < l->mounts.n; i++)
		if (look_at_mount(l, &l->mounts.v[i], err) < 0)
			return -1;
	return live_look_at_others(l, err);
}
