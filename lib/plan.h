/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PLAN_H
#define REHOST_PLAN_H

/*
 * A plan: one host, and for each guest the partition of it that it gets. NAME.plan.xml refers to the
 * profile and the guests by paths relative to itself, so that the folder can move; plan_open() reads
 * all of them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/record.h"
#include "lib/base/strv.h"
#include "lib/guest.h"
#include "lib/machine.h"
#include "lib/report.h"

#define PLAN_SUFFIX ".plan.xml"

enum partition_class { CLASS_SHARED, CLASS_PINNED, CLASS_RT };
/* a device and a dependence of a partition, in a plan as in a request */
extern const struct field partition_device_fields[], partition_depend_fields[];
extern const char *const partition_class_names[];	/* shared, pinned, rt; ends with NULL */

/* A device of the host that one guest gets. */
struct partition_device {
	char *role;		/* what it was on the old PC: ttyS0              */
	char *kind;		/* serial, pci, nic, usb, parallel, other        */
	char *host;		/* name on the host: /dev/ttyS1, 0000:03:00.0    */
	char *label;		/* text on the box, or NULL                      */
};

/* Another guest that must run before this one. */
struct partition_depend {
	char *on;
};

/* The host resources of one guest. */
struct partition {
	char *guest_path;	/* relative to the plan's folder                 */
	char *name;		/* of the guest                                  */
	struct guest guest;
	enum partition_class class;
	uint64_t priority, start_order;
	char *cpus;		/* CPU list: 2-3                                 */
	uint64_t vcpus;
	uint64_t mhz;		/* what each virtual CPU may need; 0: all of its own */
	uint64_t memory;	/* what the guest sees                   [bytes] */
	uint64_t overhead;	/* what its virtual machine needs besides [bytes]*/
	uint64_t iops;		/* of the host's disk, 0: not known              */
	int64_t node;		/* NUMA node, -1: any                            */
	uint64_t cache_ways;	/* bit mask of that cache, 0: shared with others */
	uint32_t cache_level, cache_id;	/* which cache; 0 without cache_ways     */
	char *started_by;	/* "hypervisor": before the host's own system runs; NULL: by the host */
	uint64_t memory_at;	/* address of its memory on the host, 0: any     */
	struct partition_device *devices;
	size_t n_devices;
	struct partition_depend *depends;
	size_t n_depends;
};

/* One end of a link. */
struct plan_end {
	char *guest;		/* name of a partition; NULL: the host itself    */
};

/* What two or more guests have in common. */
struct plan_link {
	char *name;
	char *kind;		/* uart, pci-uart: a wire between two; memory: shared by two or more */
	uint64_t size;		/* of memory                             [bytes] */
	struct plan_end *ends;
	size_t n_ends;
};

/* the links of a plan, as of a request */
extern const struct field plan_link_fields[];
extern const struct record plan_link_lists[];

struct plan {
	char *dir;		/* absolute folder of the plan, set by plan_open() */
	char *name;
	char *host_path;	/* the profile, relative to the plan's folder    */
	struct machine host;
	char *answer;		/* optimal, feasible                             */
	uint64_t cost, bound;	/* of this plan; no plan can cost less than bound */
	uint64_t nodes;		/* of the search tree that were looked at        */
	struct partition *partitions;
	size_t n_partitions;
	struct plan_link *links;
	size_t n_links;
	char *console;		/* serial port that the hypervisor speaks on: ttyS0; NULL: none */
	struct report findings;	/* assumptions and warnings of the planner       */
	const struct plan *previous;	/* whose guests stay where they are; NULL; not written */
	struct strv settings;	/* NAME=VALUE for a target, of the command line; not in the document */
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

/** plan_read_memory - the document alone, without host and guests, from a buffer */
int plan_read_memory(struct plan *ret, const char *text, size_t len, const char *name,
		     struct error *err);

/** plan_to_json - the document as JSON; the caller owns the object */
struct json_object *plan_to_json(const struct plan *p);

/** partition_device_of - what the plan joins the guest's device @role to, or NULL; @p may be NULL */
const struct partition_device *partition_device_of(const struct partition *p, const char *kind,
						   const char *role);

void plan_clear(struct plan *p);

#define CLEANUP_PLAN __attribute__((cleanup(plan_clear)))

#endif
