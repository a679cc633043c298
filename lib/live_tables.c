// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tables of LVM as they are before it makes snapshots: it writes to every physical volume of a group, at its
 * beginning and, where there is a second copy, at its end.
 *
 * Source: pvs(8), pvcreate(8) (--metadatacopies).
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/size.h"
#include "lib/live_private.h"

enum { METADATA_MAX = 16 << 20 };

/* A line of pvs: group, device, where its extents begin, how long all of them are, how long the device is. */
enum pv_word { PV_GROUP, PV_NAME, PV_FIRST, PV_EXTENTS, PV_SIZE, PV_WORDS };

struct live_overlay *live_add_overlay(struct live_disk *d, uint64_t start, uint64_t size)
{
	struct live_overlay *o = APPEND(d->overlays, d->n_overlays);

	*o = (struct live_overlay){ .start = start, .size = size, .fd = -1 };
	return o;
}

static int keep(struct live_disk *d, uint64_t start, uint64_t size, struct error *err)
{
	CLEANUP_CLOSE int fd = open(d->path, O_RDONLY | O_CLOEXEC);
	struct live_overlay *o;
	ssize_t got;

	if (size > METADATA_MAX)
		return error_set(err, ERR_UNSUPPORTED, "tables of LVM of %" PRIu64 " bytes", size);
	if (fd < 0)
		return error_sys(err, errno, "open '%s'", d->path);
	o = live_add_overlay(d, start, size);
	o->bytes = xmalloc((size_t)size);
	got = pread(fd, o->bytes, (size_t)size, (off_t)start);
	if (got != (ssize_t)size)
		return error_sys(err, got < 0 ? errno : EIO, "read the tables of LVM on '%s'", d->path);
	return 0;
}

static int keep_volume(struct live_looking *l, const struct strv *words, struct error *err)
{
	uint64_t start = 0, first = 0, extents = 0, size = 0, rest;
	struct live_disk *d;
	dev_t dev = 0;

	if (!block_find(&l->facts, words->v[PV_NAME], &dev) || !live_disk_below(l, dev))
		return 0;
	d = live_disk_with(l, dev, &start);
	if (!d) {
		CLEANUP_FREE char *kind = live_kind(l, dev);

		error_set(err, ERR_REFUSED, "the volume group '%s' has a part of itself on '%s', and %s",
			  words->v[PV_GROUP], words->v[PV_NAME], kind);
		return error_hint(err, "stop the PC and use the capture medium");
	}
	if (parse_u64(words->v[PV_FIRST], 1, INT64_MAX / 2, &first, err) < 0 ||
	    parse_u64(words->v[PV_EXTENTS], 0, INT64_MAX / 2, &extents, err) < 0 ||
	    parse_u64(words->v[PV_SIZE], 1, INT64_MAX / 2, &size, err) < 0 || keep(d, start, first, err) < 0)
		return -1;
	if (first + extents >= size)
		return 0;
	/* a second copy is as long as the first, and ends where the device does */
	rest = MIN(size - first - extents, (uint64_t)METADATA_MAX);
	return keep(d, start + size - rest, rest, err);
}

static bool is_group_taken(const struct live_looking *l, const char *group)
{
	size_t len = strlen(group);

	for (size_t i = 0; i < l->n_volumes; i++)
		if (strncmp(l->volumes[i].name, group, len) == 0 && l->volumes[i].name[len] == '/')
			return true;
	return false;
}

int live_keep_tables(struct live_looking *l, struct error *err)
{
	static const char *const argv[] = { "pvs", "--noheadings", "--nosuffix", "--units", "b", "--separator", "|", "-o",
					    "vg_name,pv_name,pe_start,pv_size,dev_size", NULL };
	CLEANUP_FREE char *out = NULL;
	struct strv lines CLEANUP_STRV = STRV_INIT;

	if (l->n_volumes == 0)
		return 0;
	if (child_run(argv, &out, err) < 0)
		return -1;
	strv_split(&lines, out, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		struct strv words CLEANUP_STRV = STRV_INIT;

		/* a device without a group has an empty first word */
		strv_split(&words, lines.v[i] + strspn(lines.v[i], " "), "|");
		if (words.n == PV_WORDS && is_group_taken(l, words.v[PV_GROUP]) &&
		    keep_volume(l, &words, err) < 0)
			return -1;
	}
	return 0;
}
