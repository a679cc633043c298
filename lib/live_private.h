/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_LIVE_PRIVATE_H
#define REHOST_LIVE_PRIVATE_H

/* What the parts of lib/live.h share; nothing here is for others. */

#include <sys/types.h>

#include "lib/facts.h"
#include "lib/live.h"
#include "lib/mounts.h"

/* A logical volume that is mounted, as it lay before its snapshot. */
struct live_volume {
	dev_t dev;
	char *name;			/* vg0/root */
	struct live_segment *segments;
	size_t n_segments;
};

struct live_looking {
	struct live *live;
	struct facts facts;		/* /proc and /sys */
	struct mounts mounts;
	struct live_volume *volumes;
	size_t n_volumes;
};

#define LIVE_LOOKING_INIT(l) { .live = (l), .facts = FACTS_INIT, .mounts = MOUNTS_INIT }

/** live_look - what is mounted or in use, and which volumes it is on; live_looking_clear() frees it */
int live_look(struct live_looking *l, struct error *err);
void live_looking_clear(struct live_looking *l);

/** live_look_at_others - refuse what is in use and neither mounted nor swap space */
int live_look_at_others(const struct live_looking *l, struct error *err);

/** live_look_at_output - refuse to write below a folder that is on a disk that is captured */
int live_look_at_output(const struct live_looking *l, const char *folder, struct error *err);

/** live_disk_with - the disk that a device is, or is a partition of, and where it begins there; or NULL */
struct live_disk *live_disk_with(const struct live_looking *l, dev_t dev, uint64_t *ret_start);

/** live_disk_below - the disk that a device stands on, whatever lies between; or NULL */
struct live_disk *live_disk_below(const struct live_looking *l, dev_t dev);

/**
 * live_device_on_disk - the device of a mount that stands on one of the disks; 0: none does
 *
 * A btrfs can have several devices, of which the table of mounts names one.
 */
dev_t live_device_on_disk(const struct live_looking *l, const struct mount *m);

/** live_kind - what lies between a device and the disk, for people: "md0 is a RAID"; the caller frees it */
char *live_kind(const struct live_looking *l, dev_t dev);

/** live_keep_tables - the tables of the volume groups whose volumes are taken, before LVM changes them */
int live_keep_tables(struct live_looking *l, struct error *err);

/** live_add_overlay - one more over a disk */
struct live_overlay *live_add_overlay(struct live_disk *d, uint64_t start, uint64_t size);

#define CLEANUP_LIVE_LOOKING __attribute__((cleanup(live_looking_clear)))

#endif
