// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading a disk of a running PC: the snapshots lie over it. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/live.h"

enum { PROBE = 4096 };

const struct live_disk *live_disk_of(const struct live *l, const char *path)
{
	for (size_t i = 0; i < l->n_disks; i++)
		if (strcmp(l->disks[i].path, path) == 0 && l->disks[i].n_overlays)
			return &l->disks[i];
	return NULL;
}

/* A snapshot that ran full gives nothing any more, not even its beginning. */
static bool is_full(int fd)
{
	void *block = NULL;
	bool full;

	if (posix_memalign(&block, PROBE, PROBE) != 0)
		abort();
	posix_fadvise(fd, 0, PROBE, POSIX_FADV_DONTNEED);
	full = pread(fd, block, PROBE, 0) < 0;
	free(block);
	return full;
}

static int read_overlay(const struct live_overlay *o, uint64_t at, uint8_t *to, size_t len)
{
	if (o->bytes) {
		memcpy(to, o->bytes + at, len);
		return 0;
	}
	while (len) {
		ssize_t n = pread(o->fd, to, len, (off_t)(o->offset + at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return is_full(o->fd) ? -ENODEV : -EIO;
		to += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

int live_read(const struct live_disk *d, uint64_t start, uint8_t *buf, size_t len)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < d->n_overlays; i++) {
		const struct live_overlay *o = &d->overlays[i];
		uint64_t from = MAX(start, o->start), to = MIN(start + len, o->start + o->size);

		if (from < to)
			rc = read_overlay(o, from - o->start, buf + (from - start), (size_t)(to - from));
	}
	return rc;
}

int live_check(const struct live *l, struct error *err)
{
	for (size_t i = 0; i < l->n_fds; i++)
		if (is_full(l->fds[i])) {
			error_set(err, ERR_NO_SPACE, "the snapshot '%s' ran full: too much was written while the PC "
				  "was captured", l->snapshots.v[i]);
			return error_hint(err, "try at a quieter time, or give the volume group more free extents");
		}
	return 0;
}
