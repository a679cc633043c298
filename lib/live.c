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

enum { REMOVE_MS = 60000 };

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
			struct live_disk *d = live_disk_with(l, makedev(s->major, s->minor), &start);
			struct live_overlay *o = d ? live_add_overlay(d, start + s->offset, s->size) : NULL;

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
	CLEANUP_FREE char *path = NULL, *folder = NULL;

	if (path_absolute(output, &path, err) < 0)
		return -1;
	folder = path_dirname(path);
	return live_look_at_output(l, folder, err);
}

static int take_disk(struct live_looking *l, const char *path, struct error *err)
{
	struct live_disk *d = APPEND(l->live->disks, l->live->n_disks);
	CLEANUP_FREE char *name = NULL;
	struct stat st;

	*d = (struct live_disk){ .path = xstrdup(path) };
	if (stat(path, &st) < 0)
		return error_sys(err, errno, "open '%s'", path);
	if (!S_ISBLK(st.st_mode)) {
		error_set(err, ERR_REFUSED, "'%s' is no disk of this PC", path);
		return error_hint(err, "--live is for disks: /dev/sda; images are captured without it");
	}
	d->dev = st.st_rdev;
	name = block_name(&l->facts, d->dev);
	return name ? 0 : error_set(err, ERR_UNSUPPORTED, "the kernel does not tell in /sys/dev/block what stands on '%s'",
				    path);
}

int live_begin(struct live *ret, const struct strv *disks, const char *output, struct error *err)
{
	struct live_looking l CLEANUP_LIVE_LOOKING = LIVE_LOOKING_INIT(ret);

	*ret = (struct live)LIVE_INIT;
	if (facts_open(&l.facts, "/", err) < 0)
		return -1;
	for (size_t i = 0; i < disks->n; i++)
		if (take_disk(&l, disks->v[i], err) < 0)
			return -1;
	return remove_stale(err) < 0 || live_look(&l, err) < 0 || check_output(&l, output, err) < 0 ||
	       live_keep_tables(&l, err) < 0 || snapshot_all(&l, err) < 0 ? -1 : 0;
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
