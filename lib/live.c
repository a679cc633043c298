// SPDX-License-Identifier: GPL-2.0-or-later
/* Snapshots of what is mounted, made and removed, and what lies over the disks for them. */
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

enum { METADATA_MAX = 16 << 20, REMOVE_MS = 60000 };

static struct live_overlay *add_overlay(struct live_disk *d, uint64_t start, uint64_t size)
{
	struct live_overlay *o = APPEND(d->overlays, d->n_overlays);

	*o = (struct live_overlay){ .start = start, .size = size, .fd = -1 };
	return o;
}

/* What LVM writes when it makes a snapshot shall not be in the capture: its tables as they are now. */
static int keep_tables(struct live_disk *d, uint64_t start, uint64_t until, struct error *err)
{
	CLEANUP_CLOSE int fd = open(d->path, O_RDONLY | O_CLOEXEC);
	uint64_t size = until - start;
	struct live_overlay *o;

	for (size_t i = 0; i < d->n_overlays; i++)
		if (d->overlays[i].bytes && d->overlays[i].start == start)
			return 0;
	if (size > METADATA_MAX)
		return error_set(err, ERR_UNSUPPORTED, "tables of LVM of %" PRIu64 " bytes", size);
	if (fd < 0)
		return error_sys(err, errno, "open '%s'", d->path);
	o = add_overlay(d, start, size);
	o->bytes = xmalloc((size_t)size);
	if (pread(fd, o->bytes, (size_t)size, (off_t)start) != (ssize_t)size)
		return error_sys(err, errno ? errno : EIO, "read the tables of LVM on '%s'", d->path);
	return 0;
}

/* The extents of a volume group begin here on its device. */
static int first_extent(unsigned int maj, unsigned int min, uint64_t *ret, struct error *err)
{
	CLEANUP_FREE char *dev = xasprintf("/sys/dev/block/%u:%u", maj, min), *real = NULL, *name = NULL, *out = NULL;
	CLEANUP_FREE char *path = NULL;
	uint64_t bytes = 0;

	if (path_absolute(dev, &real, err) < 0)
		return -1;
	name = path_basename(real);
	path = xasprintf("/dev/%s", name);
	const char *const argv[] = { "pvs", "--noheadings", "--nosuffix", "--units", "b", "-o", "pe_start",
				     path, NULL };

	if (child_run(argv, &out, err) < 0)
		return -1;
	out[strcspn(out, "\n")] = '\0';
	if (parse_u64(out + strspn(out, " "), 1, INT64_MAX, &bytes, err) < 0)
		return -1;
	*ret = bytes;
	return 0;
}

static int free_extents(const char *volume, uint64_t *ret, struct error *err)
{
	CLEANUP_FREE char *out = NULL, *group = xstrndup(volume, strcspn(volume, "/"));
	const char *const argv[] = { "vgs", "--noheadings", "-o", "vg_free_count", group, NULL };

	if (child_run(argv, &out, err) < 0)
		return -1;
	out[strcspn(out, "\n")] = '\0';
	return parse_u64(out + strspn(out, " "), 0, UINT32_MAX, ret, err);
}

/* @share: how many snapshots the free extents are for. */
static int make_snapshot(struct live *l, const char *volume, size_t share, int *ret_fd, struct error *err)
{
	CLEANUP_FREE char *name = xasprintf(LIVE_PREFIX "%zu", l->snapshots.n);
	CLEANUP_FREE char *group = xstrndup(volume, strcspn(volume, "/")), *extents = NULL;
	CLEANUP_FREE char *path = xasprintf("/dev/%s/%s", group, name);
	uint64_t n = 0;

	if (free_extents(volume, &n, err) < 0)
		return -1;
	if (n / share == 0) {
		error_set(err, ERR_NO_SPACE, "the volume group '%s' has no free extents for a snapshot", group);
		return error_hint(err, "add a disk to it for the time (a USB disk, vgextend), or stop the PC and use the "
				  "capture medium");
	}
	extents = xasprintf("%" PRIu64, n / share);
	const char *const argv[] = { "lvcreate", "--yes", "--snapshot", "--extents", extents, "--name", name,
				     volume, NULL };

	if (child_run(argv, NULL, err) < 0)
		return error_wrap(err, "make a snapshot of '%s'", volume);
	strv_addf(&l->snapshots, "%s/%s", group, name);
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*ret_fd < 0)
		return error_sys(err, errno, "open '%s'", path);
	*APPEND(l->fds, l->n_fds) = *ret_fd;
	return 0;
}

static size_t in_group(const struct live_looking *l, size_t from)
{
	size_t len = strcspn(l->volumes[from].name, "/") + 1, n = 0;

	for (size_t i = from; i < l->n_volumes; i++)
		n += strncmp(l->volumes[i].name, l->volumes[from].name, len) == 0;
	return n;
}

static int keep_all_tables(struct live_looking *l, struct error *err)
{
	for (size_t i = 0; i < l->n_volumes; i++)
		for (size_t j = 0; j < l->volumes[i].n_segments; j++) {
			const struct live_segment *s = &l->volumes[i].segments[j];
			uint64_t start = 0, first = 0;
			struct live_disk *d = live_disk_with(l->live, makedev(s->major, s->minor), &start);

			if (d && (first_extent(s->major, s->minor, &first, err) < 0 ||
				  keep_tables(d, start, start + first, err) < 0))
				return -1;
		}
	return 0;
}

static int snapshot_all(struct live_looking *l, struct error *err)
{
	for (size_t i = 0; i < l->n_volumes; i++) {
		const struct live_volume *v = &l->volumes[i];
		int fd = -1;

		if (make_snapshot(l->live, v->name, in_group(l, i), &fd, err) < 0)
			return -1;
		for (size_t j = 0; j < v->n_segments; j++) {
			const struct live_segment *s = &v->segments[j];
			uint64_t start = 0;
			struct live_disk *d = live_disk_with(l->live, makedev(s->major, s->minor), &start);
			struct live_overlay *o = d ? add_overlay(d, start + s->offset, s->size) : NULL;

			if (!o)
				continue;
			o->fd = fd;
			o->offset = s->start;
		}
	}
	return 0;
}

/* Whatever happens to us, this goes on to its end. */
static void remove_snapshot(const char *volume)
{
	const char *const argv[] = { "lvremove", "--yes", "--force", volume, NULL };
	const struct child_io io = { .in = -1, .out = -1, .outlive = true };
	struct child child = CHILD_INIT;
	struct error why CLEANUP_ERROR = ERROR_INIT;

	if (child_start(argv, &io, &child, &why) == 0 && child_wait(&child, REMOVE_MS, NULL, &why) < 0 &&
	    (why.code == ERR_INTERRUPTED || why.code == ERR_TIMEOUT))
		child_detach(&child);
}

/* A run before this one may have been killed. */
static int remove_stale(struct error *err)
{
	static const char *const argv[] = { "lvs", "--noheadings", "--separator", "/", "-o", "vg_name,lv_name", NULL };
	CLEANUP_FREE char *out = NULL;
	struct strv names CLEANUP_STRV = STRV_INIT;

	if (child_run(argv, &out, err) < 0)
		return error_hint(err, "--live needs LVM: install lvm2");
	strv_split(&names, out, " \n");
	for (size_t i = 0; i < names.n; i++)
		if (strstr(names.v[i], "/" LIVE_PREFIX))
			remove_snapshot(names.v[i]);
	return 0;
}

/* Every byte of the capture would have to go into the snapshot, too. */
static int check_output(const struct live_looking *l, const char *output, struct error *err)
{
	CLEANUP_FREE char *folder = path_dirname(output);
	struct stat st;

	if (stat(folder, &st) < 0)
		return error_sys(err, errno, "look at '%s'", folder);
	for (size_t i = 0; i < l->n_volumes; i++)
		if (l->volumes[i].dev == st.st_dev) {
			error_set(err, ERR_REFUSED, "'%s' is on the disk that is to be captured", output);
			return error_hint(err, "write to a USB disk or over the network");
		}
	return 0;
}

int live_begin(struct live *ret, const struct strv *disks, const char *output, struct error *err)
{
	struct live_looking l __attribute__((cleanup(live_looking_clear))) = { .live = ret };

	*ret = (struct live)LIVE_INIT;
	for (size_t i = 0; i < disks->n; i++)
		*APPEND(ret->disks, ret->n_disks) = (struct live_disk){ .path = xstrdup(disks->v[i]) };
	return remove_stale(err) < 0 || live_look(&l, err) < 0 || check_output(&l, output, err) < 0 ||
	       keep_all_tables(&l, err) < 0 || snapshot_all(&l, err) < 0 ? -1 : 0;
}

void live_end(struct live *l)
{
	for (size_t i = 0; i < l->n_fds; i++)
		close(l->fds[i]);
	for (size_t i = 0; i < l->snapshots.n; i++)
		remove_snapshot(l->snapshots.v[i]);
	for (size_t i = 0; i < l->n_disks; i++) {
		for (size_t j = 0; j < l->disks[i].n_overlays; j++)
			free(l->disks[i].overlays[j].bytes);
		free(l->disks[i].overlays);
		free(l->disks[i].path);
	}
	free(l->disks);
	free(l->fds);
	strv_clear(&l->snapshots);
	strv_clear(&l->plain);
	*l = (struct live)LIVE_INIT;
}
