/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_LINE_H
#define REHOST_LINE_H

/*
 * line.xml: what the operator of a production line asks for each guest. All of it is optional; what
 * is left out comes from the guest itself.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/plan.h"

enum class_wish { WISH_CLASS_DEFAULT, WISH_SHARED, WISH_PINNED, WISH_RT };
enum core_wish { CORE_DEFAULT, CORE_ANY, CORE_PERFORMANCE, CORE_EFFICIENCY };

struct line_guest {
	char *name;
	enum class_wish class;
	enum core_wish core_type;
	uint64_t cores;		/* 0: as many as the guest has                */
	uint64_t mhz;		/* measured need of each virtual CPU, 0: not known */
	char *memory;		/* "512M", or NULL                            */
	uint64_t iops;		/* of its disks, 0: not known                 */
	char *load;		/* export of a monitor, see lib/load.h; NULL  */
	char *host;		/* on which of several hosts, or NULL: any    */
	enum tristate movable;	/* TRI_NO: may not start on another host      */
	int64_t cache_ways;	/* -1: not said                               */
	uint64_t priority, start_order;
	char *started_by;	/* as in struct partition                     */
	uint64_t memory_at;
	struct partition_device *devices;	/* host NULL: any of that kind */
	size_t n_devices;
	struct partition_depend *depends;
	size_t n_depends;
};

struct line {
	struct line_guest *guests;
	size_t n_guests;
	struct plan_link *links;
	size_t n_links;
	char *console;		/* as in struct plan                          */
};

#define LINE_INIT { 0 }

/** line_read - read line.xml; line_clear() frees it */
int line_read(struct line *ret, const char *path, struct error *err);

/** line_read_memory - the same from a buffer; @name stands in messages */
int line_read_memory(struct line *ret, const char *text, size_t len, const char *name,
		     struct error *err);

/** line_find - what is asked for a guest, or NULL */
const struct line_guest *line_find(const struct line *line, const char *name);

/** line_guest_for - the same to write to; an empty one is added if nothing is asked yet */
struct line_guest *line_guest_for(struct line *line, const char *name);

void line_clear(struct line *line);

#define CLEANUP_LINE __attribute__((cleanup(line_clear)))

#endif
