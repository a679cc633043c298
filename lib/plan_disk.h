/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PLAN_DISK_H
#define REHOST_PLAN_DISK_H

/* The disk of the host that holds the guests' disks, and what it can do in a second. */

#include <stdbool.h>

#include "lib/plan.h"

/**
 * plan_disk_fits - are the needs of all guests together within what the disk was measured to do?
 * @plan: partitions with their iops; notes go into its findings
 * @why:  findings if it does not fit: by how much, and which guests' removal would make it fit
 *
 * Return: true if it fits, or if either side is not known: then a note says so.
 */
bool plan_disk_fits(struct plan *plan, struct report *why);

#endif
