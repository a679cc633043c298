/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_EVE_H
#define REHOST_TARGET_EVE_H

/*
 * What the files of target EVE share: how a guest is run there, and the documents that are made of a
 * plan. EVE is driven by a controller: what is written is the configuration of one device.
 */

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/identity.h"
#include "lib/plan.h"
#include "lib/port_limits.h"
#include "lib/report.h"

#define EVE_CONFIG_JSON "config.json"	/* names of what is generated */
#define EVE_CONFIG_PB "config.pb"

/* EVE's ways to run a virtual machine, with their numbers in its configuration. */
/* Of the identity of the old PC; EVE can copy the licence of its own host, which is another's. */
enum { EVE_GIVES = IDENTITY_MAC };

enum eve_mode { EVE_HVM = 1, EVE_FML = 3, EVE_LEGACY = 5 };

/* Numbers of PhyIoType that are used here. */
enum eve_io {
	EVE_IO_ETH = 1, EVE_IO_COM = 3, EVE_IO_AUDIO = 4, EVE_IO_HDMI = 7, EVE_IO_USB_CONTROLLER = 13,
	EVE_IO_USB_DEVICE = 14, EVE_IO_CAN = 15, EVE_IO_OTHER = 255,
};

enum { EVE_SERIALS_MAX = 3 };	/* COM1 is EVE's own, an ISA bus has four */

/* What the operator says about the device and its controller: --set NAME=VALUE. */
struct eve_settings {
	const char *datastore;	/* docker://registry.plant:5000/pcs, without the image's name      */
	const char *store_user, *store_password, *store_region;	/* of the datastore, or NULL      */
	const char *vnc_password;	/* of every guest's screen, or NULL                        */
	const char *device;	/* UUID that the controller gave the device, or NULL               */
	const char *uplink;	/* card that EVE itself uses: name or text on the box, or NULL     */
	const char *tag;	/* of the images in the registry                                   */
	const char *hypervisor;	/* of the device: kvm, xen, k; or NULL                             */
	const char *network;	/* of cards that the plan joins to none of the host: switch, local */
	bool local;		/* it is the latter                                                */
	const char *subnet;	/* of the local network, or NULL                                   */
	const char *persist;	/* its file system for volumes: ext4, zfs; or NULL                 */
};

/** eve_settings_read - of a plan; a finding for each that is wrong or missing; @report may be NULL */
struct eve_settings eve_settings_read(const struct plan *plan, struct report *report);

/** eve_mode_of - the mode that gives a guest the devices that were negotiated */
enum eve_mode eve_mode_of(const struct guest *g);
const char *eve_mode_name(enum eve_mode mode);

/** eve_offers - the machine that its mode makes, on a device with processors of its kind */
const struct machine_model *eve_offers(const struct guest *g);

/* Parts and sockets that it has not. */
extern const struct port_limits eve_ports;

/** eve_check - a finding for each thing of the plan that EVE cannot do */
void eve_check(const struct plan *plan, struct report *ret);

/** eve_overhead - what EVE counts for QEMU itself besides the guest's memory [bytes] */
uint64_t eve_overhead(uint64_t memory, uint64_t vcpus);

/** eve_uuid - always the same for the same plan and thing; the caller frees it */
char *eve_uuid(const struct plan *plan, const char *kind, const char *name);

/**
 * eve_devices - the host's devices as EVE lists them (PhysicalIO)
 * @m:      the host
 * @uplink: name of the card that EVE itself uses, or NULL
 *
 * Return: a JSON array; the caller owns it.
 */
struct json_object *eve_devices(const struct machine *m, const char *uplink);

/** eve_model - the same as the model of a device that a controller imports; the caller owns it */
struct json_object *eve_model(const struct machine *m);

/**
 * eve_assign_name - under which name an app gets a device of the host
 * @devices: of eve_devices()
 * @d:       a device of a partition
 *
 * Return: its assignment group; NULL: EVE cannot assign it. Belongs to @devices.
 */
const char *eve_assign_name(struct json_object *devices, const struct partition_device *d);

/** eve_uplink - the card that EVE itself uses, or NULL; belongs to the plan */
const struct machine_nic *eve_uplink(const struct plan *plan, const struct eve_settings *s);

/** eve_config - the configuration of the device, common dialect; the caller owns it */
struct json_object *eve_config(const struct plan *plan, const struct eve_settings *s);

#endif
