/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_LIVE_PRIVATE_H
#define REHOST_LIVE_PRIVATE_H

/* What the parts of lib/live.h share; nothing here is for others. */

#include <sys/types.h>

#include "lib/live.h"

/* A mounted file system: of which device, and where. */
struct live_mount {
	dev_t dev;
	char *where;
	bool writable;
};

/* A logical volume that is mounted, as it lay before its snapshot. */
struct live_volume {
	dev_t dev;
	char *name;			/* vg0/root */
	struct live_segment *segments;
	size_t n_segments;
};

struct live_looking {
	struct live *live;
	struct live_mount *mounts;
	size_t n_mounts;
	struct live_volume *volumes;
	size_t n_volumes;
};

/** live_look - what is mounted, and which volumes it is on; live_looking_clear() frees it */
int live_look(struct live_looking *l, struct error *err);
void live_looking_clear(struct live_looking *l);

/** live_disk_with - the disk that a device is, or is a partition of, and where it begins there; or NULL */
struct live_disk *live_disk_with(struct live *l, dev_t dev, uint64_t *ret_start);

#endif
