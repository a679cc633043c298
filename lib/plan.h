/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PLAN_H
#define REHOST_PLAN_H

/*
 * A plan: a host and its partitions. NAME.plan.xml holds the decisions and refers to the profile
 * and to the guests by paths relative to itself; plan_open() loads all of them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/guest.h"
#include "lib/machine.h"

#define PLAN_SUFFIX ".plan.xml"

enum partition_class { CLASS_SHARED, CLASS_PINNED, CLASS_RT };

/* A device of the host that one guest gets. */
struct partition_device {
	char *role;		/* what it was on the old PC: ttyS0              */
	char *kind;		/* serial, pci, nic                              */
	char *host;		/* name on the host: /dev/ttyS1, 0000:03:00.0    */
	char *label;		/* text on the box, or NULL                      */
};

/* The host resources of one guest. */
struct partition {
	char *guest_path;	/* relative to the plan's folder                 */
	struct guest guest;
	enum partition_class class;
	uint64_t priority, start_order;
	char *cpus;		/* CPU list: 2-3                                 */
	uint64_t memory;	/* what the guest sees                   [bytes] */
	uint64_t overhead;	/* what its virtual machine needs besides [bytes]*/
	int64_t node;		/* NUMA node, -1: any                            */
	uint64_t cache_ways;	/* bit mask of the last-level cache, 0: shared   */
	struct partition_device *devices;
	size_t n_devices;
};

struct plan {
	char *dir;		/* absolute folder of the plan, set by plan_open() */
	char *name;
	char *host_path;	/* the profile, relative to the plan's folder    */
	struct machine host;
	char *answer;		/* optimal, feasible                             */
	struct partition *partitions;
	size_t n_partitions;
};

#define PLAN_INIT { 0 }

/**
 * plan_open - read a plan with its host and guests
 * @ret:  plan_clear() frees it
 * @path: NAME.plan.xml
 * @err:  ERR_NOT_FOUND, ERR_FORMAT; names the document that is wrong
 */
int plan_open(struct plan *ret, const char *path, struct error *err);

/** plan_write - write the plan's document; guests and profile are only referred to */
int plan_write(const struct plan *p, const char *path, struct error *err);

void plan_clear(struct plan *p);

#define CLEANUP_PLAN __attribute__((cleanup(plan_clear)))

#endif
