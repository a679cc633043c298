/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_APPLIANCE_DEVICES_H
#define REHOST_APPLIANCE_DEVICES_H

/*
 * The disks of the appliance and their partitions, with what blkid knows of each. One question for all:
 * each program that is run in an appliance without KVM takes a tenth of a second and more.
 */

#include "lib/appliance.h"

/* A disk or a partition. */
struct appliance_found {
	char *device;		/* /dev/sda1                                     */
	bool partition;
	uint64_t size;		/* [bytes]; 0: not known                         */
	char **facts;		/* of blkid: TYPE, ext4, …, NULL; or NULL: none  */
};

struct appliance_devices {
	struct appliance_found *v;	/* disks as the old PC had them, partitions by number */
	size_t n;
};

#define APPLIANCE_DEVICES_INIT { NULL, 0 }

/**
 * appliance_devices_read - all disks and partitions
 * @ret: appliance_devices_clear() frees it
 * @err: the appliance does not answer
 */
int appliance_devices_read(const struct appliance *app, struct appliance_devices *ret,
			   struct error *err);

/**
 * appliance_devices_parse - what the appliance answered
 * @text:   names with where they lead to, sizes, facts; see the source
 * @ret:    the devices that are in it
 *
 * Lines that are none are left out.
 */
void appliance_devices_parse(const char *text, struct appliance_devices *ret);

void appliance_devices_clear(struct appliance_devices *d);

#define CLEANUP_APPLIANCE_DEVICES __attribute__((cleanup(appliance_devices_clear)))

#endif
