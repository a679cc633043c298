/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_HOST_DEVICE_H
#define REHOST_HOST_DEVICE_H

/* All devices of a host that a guest could get, as one list. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/machine.h"

struct host_device {
	const char *kind;	/* serial, pci, nic, usb, parallel, other              */
	char *host;		/* what the hypervisor calls it: /dev/ttyS1, 0000:03:00.0 */
	const char *name;	/* what Linux calls it: ttyS1; NULL                    */
	const char *label;	/* text on the box, or NULL                            */
	const char *usage;	/* host, shared, dedicated, disabled, or NULL          */
	const char *bdf;	/* PCI function behind it, or NULL                     */
	int64_t group;		/* IOMMU group of that function, -1: none              */
};

struct host_devices {
	struct host_device *v;
	size_t n;
};

#define HOST_DEVICES_INIT { NULL, 0 }

/** host_devices_list - all of them; texts belong to @m except the member host */
void host_devices_list(struct host_devices *ret, const struct machine *m);
void host_devices_clear(struct host_devices *d);

#define CLEANUP_HOST_DEVICES __attribute__((cleanup(host_devices_clear)))

/** host_device_answers - is @text the name that the host or the box gives to this device? */
bool host_device_answers(const struct host_device *d, const char *text);

/** host_device_used - is it the host's own disk, uplink or console, or switched off? */
bool host_device_used(const struct host_device *d);

#endif
