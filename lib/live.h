/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_LIVE_H
#define REHOST_LIVE_H

/*
 * Disks of a Linux PC that goes on running: what is mounted from a logical volume is read from a snapshot of
 * it. LVM makes the snapshots, in free extents of the volume group; the kernel freezes the file system while
 * it does, so that it is whole there. LVM's own tables are those of before the snapshots.
 *
 * What is mounted from a plain partition has no snapshot: only /boot and /boot/efi are taken so, after
 * everything was written to the disk, and what is mounted read-only; anything else that stands on a captured
 * disk, directly or through others (encryption, RAID), is refused.
 *
 * Source: lvcreate(8), dmsetup(8), Documentation/admin-guide/device-mapper/{linear,snapshot}.rst.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/strv.h"

#define LIVE_PREFIX "rehost_live_"

/* Bytes of a disk that come from somewhere else. */
struct live_overlay {
	uint64_t start, size;		/* on the disk                  [bytes] */
	uint8_t *bytes;			/* here, or                             */
	int fd;				/* on this device                       */
	uint64_t offset;		/* from here on                 [bytes] */
};

struct live_disk {
	char *path;			/* /dev/sda */
	dev_t dev;
	struct live_overlay *overlays;	/* later ones lie over earlier ones */
	size_t n_overlays;
};

struct live {
	struct live_disk *disks;
	size_t n_disks;
	struct strv snapshots;		/* vg0/rehost_live_0; removed by live_end() */
	int *fds;			/* of them                                  */
	size_t n_fds;
	struct strv plain;		/* mount points that have none              */
};

#define LIVE_INIT { .snapshots = STRV_INIT, .plain = STRV_INIT }

/**
 * live_begin - make the snapshots
 * @ret:   live_end() removes them, also after a failure
 * @disks: devices: whole disks
 * @output: of the capture, which may not be on one of them
 * @err:   ERR_REFUSED for what cannot be taken live, ERR_NO_SPACE without free extents, ERR_CHILD
 *
 * Snapshots that a run before this one left behind are removed first.
 */
int live_begin(struct live *ret, const struct strv *disks, const char *output, struct error *err);

/** live_disk_of - what lies over a disk; NULL if nothing does */
const struct live_disk *live_disk_of(const struct live *l, const char *path);

/**
 * live_read - the parts of a range that lie over the disk, put over what was read of it
 *
 * Return: 0, -EIO for a sector that cannot be read, -ENODEV if a snapshot ran full.
 */
int live_read(const struct live_disk *d, uint64_t start, uint8_t *buf, size_t len);

/** live_check - none of the snapshots ran full; ERR_NO_SPACE */
int live_check(const struct live *l, struct error *err);

void live_end(struct live *l);

#define CLEANUP_LIVE __attribute__((cleanup(live_end)))

/* One line of a device-mapper table: "0 409600 linear 8:2 2048"; ERR_FORMAT, ERR_UNSUPPORTED if not linear */
struct live_segment {
	uint64_t start, size, offset;	/* [bytes] */
	unsigned int major, minor;
};

int live_segment_parse(const char *line, struct live_segment *ret, struct error *err);

#endif
