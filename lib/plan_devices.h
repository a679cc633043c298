/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PLAN_DEVICES_H
#define REHOST_PLAN_DEVICES_H

/*
 * Which port or card of the host each guest gets. Serial ports, network cards and the like are lent
 * by the host's own driver; PCI functions are handed over with everything else in their IOMMU group.
 */

#include <stdbool.h>

#include "lib/host_device.h"
#include "lib/line.h"
#include "lib/plan.h"

/**
 * plan_assign_devices - find a device of the host for each one that is asked for
 * @plan: partitions with their guests; their devices are filled in
 * @line: what is asked for, or NULL
 * @why:  a finding for each thing that cannot be
 *
 * Ports that nobody asked for go to a guest only if the profile says usage="dedicated" and the old
 * port had the same name.
 *
 * Return: true if every wish could be met.
 */
bool plan_assign_devices(struct plan *plan, const struct line *line, struct report *why);

/**
 * plan_default_ports - ports of the host for old serial ports that nothing is asked for
 * @plan:  a note for each that is joined to nothing
 * @guest: index of the partition
 * @host:  what is taken gets usage "host"
 * @wish:  what is asked for this guest, or NULL
 */
void plan_default_ports(struct plan *plan, size_t guest, struct host_devices *host,
			const struct line_guest *wish);

#endif
