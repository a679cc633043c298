/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_MOUNTS_H
#define REHOST_MOUNTS_H

/*
 * The block devices of a running Linux: how they stand on each other, and what is mounted from them. Read from
 * /proc and /sys, of this computer or of a copy (lib/facts.h).
 *
 * Source: proc(5), Documentation/ABI/stable/sysfs-block (slaves, holders, partition, start).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/facts.h"

struct mount {
	dev_t dev;		/* of the block device; 0: it has none, or it is not known */
	char *where, *type;
	bool writable;		/* the file system; one place of it may be read-only all the same */
};

struct mounts {
	struct mount *v;
	size_t n;
};

#define MOUNTS_INIT { NULL, 0 }

/** mounts_read - all that is mounted, in the order of the kernel; mounts_clear() frees it */
int mounts_read(struct mounts *ret, const struct facts *f, struct error *err);
void mounts_clear(struct mounts *m);

/** mounts_of - the mount that an absolute path without links lies in, or NULL */
const struct mount *mounts_of(const struct mounts *m, const char *path);

/** mounts_swap_on - swap space on a device or a partition of it, as the kernel names it; NULL if there is none */
char *mounts_swap_on(const struct facts *f, dev_t dev);

#define CLEANUP_MOUNTS __attribute__((cleanup(mounts_clear)))

/** block_word - first line of a file of a block device: "start", "dm/name"; NULL if there is none */
char *block_word(const struct facts *f, dev_t dev, const char *name);

/** block_name - sda1, dm-0; NULL if there is no such device */
char *block_name(const struct facts *f, dev_t dev);

/** block_find - the device that a path of /dev names; false if it names none */
bool block_find(const struct facts *f, const char *path, dev_t *ret);

/** block_list - devices in a folder of a block device: "slaves", "holders"; the caller frees them */
dev_t *block_list(const struct facts *f, dev_t dev, const char *folder, size_t *ret_n);

/** block_disk - the disk that a partition is on; 0 for what is no partition */
dev_t block_disk(const struct facts *f, dev_t dev);

/** block_place - where a device begins on a disk [bytes], if it is the disk or a partition of it */
bool block_place(const struct facts *f, dev_t dev, dev_t disk, uint64_t *ret_start);

/** block_stands_on - is a device the disk, on it, or mapped to it through whatever lies between? */
bool block_stands_on(const struct facts *f, dev_t dev, dev_t disk);

#endif
