// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules for EVE's apps: their machine, volumes, cards and adapters. */
#include "config.h"

#include "lib/base/identifier.h"
#include "lib/target/eve.h"
#include "lib/target/eve_lint_private.h"

enum { MODE_PV = 0, MODE_NOHYPER = 4, METADATA_NONE = 1 };
enum { MEMORY_SMALL = 1024 };	/* nobody means so few KiB */

static bool on(const struct lint *l, const char *hypervisor)
{
	return l->device->hypervisor && strcmp(l->device->hypervisor, hypervisor) == 0;
}

static bool persist_is(const struct lint *l, const char *fs)
{
	return l->device->persist && strcmp(l->device->persist, fs) == 0;
}

static void lint_ignored(const struct lint *l, const struct member *app, struct json_object *vm)
{
	static const char *const ignored[] = { "extraargs", "cpus",  "devicetree", "dtdev",
					       "irqs",	    "iomem", "boot_mode" };

	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++) {
		CLEANUP_FREE char *field = xasprintf("fixedresources.%s", ignored[i]);

		if (json_object_object_get(vm, ignored[i]))
			lint(l, FINDING_WARNING, app->where, field, "never-read",
			     i == ARRAY_SIZE(ignored) - 1 ?
				     "virtualizationMode decides: 3 (FML) is UEFI, all others BIOS" :
				     "leave it out",
			     "EVE never reads it");
	}
}

static void lint_legacy(const struct lint *l, const struct member *app)
{
	lint(l, FINDING_WARNING, app->where, "fixedresources.virtualizationMode", "legacy",
	     "put virtio drivers into the guest and use 1 (HVM)",
	     "in mode LEGACY every stop is a power cut");
	if (persist_is(l, "zfs"))
		lint(l, FINDING_ERROR, app->where, "fixedresources.virtualizationMode", "legacy-zfs",
		     "install the device with ext4, or use 1 (HVM) with virtio-scsi in the guest",
		     "on ZFS its disks are vhost-scsi, for which such guests have no driver");
	if (on(l, "k"))
		lint(l, FINDING_ERROR, app->where, "fixedresources.virtualizationMode", "legacy-k",
		     "use 1 (HVM) or 3 (FML)", "EVE-k ignores the mode: disks are virtio");
	if (l->device->arch && strcmp(l->device->arch, "arm64") == 0)
		lint(l, FINDING_WARNING, app->where, "fixedresources.virtualizationMode", "legacy-arm",
		     "use 1 (HVM)", "nobody has tried LEGACY on arm64");
}

static void lint_screen(const struct lint *l, const struct member *app, struct json_object *vm)
{
	if (!truth_of(vm, "enable_vnc"))
		lint(l, FINDING_WARNING, app->where, "fixedresources.enable_vnc", "screen",
		     "set it to true", "without it the machine has no video device");
	else if (!*text_of(vm, "vncPasswd"))
		lint(l, FINDING_WARNING, app->where, "fixedresources.vncPasswd", "screen-password",
		     "set one, and leave app.allow.vnc off",
		     "whoever reaches the node reaches the guest's keyboard");
}

static void lint_machine(const struct lint *l, const struct member *app, struct json_object *vm)
{
	uint64_t mode = number_of(vm, "virtualizationMode"), memory = number_of(vm, "memory");

	if (memory == 0)
		lint(l, FINDING_ERROR, app->where, "fixedresources.memory", "memory",
		     "give it in KiB", "EVE refuses an app without memory");
	else if (memory < MEMORY_SMALL)
		lint(l, FINDING_WARNING, app->where, "fixedresources.memory", "memory",
		     "give it in KiB", "%" PRIu64 " KiB are less than any guest runs with", memory);
	if (number_of(vm, "vcpus") == 0)
		lint(l, FINDING_ERROR, app->where, "fixedresources.vcpus", "vcpus",
		     "1 or more", "EVE refuses an app without processors");
	if (mode != MODE_PV && mode != EVE_HVM && mode != EVE_FML && mode != MODE_NOHYPER &&
	    mode != EVE_LEGACY)
		lint(l, FINDING_ERROR, app->where, "fixedresources.virtualizationMode", "mode",
		     "1 HVM, 3 FML (UEFI), 5 LEGACY", "%" PRIu64 " is no mode", mode);
	if (mode == EVE_LEGACY)
		lint_legacy(l, app);
	if (truth_of(app->o, "service") && mode != MODE_NOHYPER)
		lint(l, FINDING_ERROR, app->where, "service", "service", "leave it out",
		     "services run in mode NOHYPER (4) only");
	if (mode != MODE_NOHYPER)
		lint_screen(l, app, vm);
	lint_ignored(l, app, vm);
}

/* An app names a volume by its UUID and its generation: both must fit. */
static void lint_volumes(const struct lint *l, const struct member *app)
{
	struct member ref, volume;

	if (length_of(app->o, "volumeRefList") == 0)
		lint(l, FINDING_ERROR, app->where, "volumeRefList", "app-volume",
		     "name the volumes, the one to boot from first", "the app has no disk");
	FOR_EACH_MEMBER(ref, app->o, "volumeRefList") {
		CLEANUP_FREE char *where = xasprintf("%s.%s", app->where, ref.where);
		bool there = false, same = false;

		FOR_EACH_MEMBER(volume, l->config, "volumes")
			if (strcmp(text_of(volume.o, "uuid"), text_of(ref.o, "uuid")) == 0) {
				there = true;
				same |= number_of(volume.o, "generationCount") ==
					number_of(ref.o, "generationCount");
			}
		if (!there)
			lint(l, FINDING_ERROR, where, "uuid", "app-volume",
			     "name the uuid of one of volumes", "there is no volume '%s'",
			     text_of(ref.o, "uuid"));
		else if (!same)
			lint(l, FINDING_ERROR, where, "generationCount", "app-volume",
			     "give the app and the volume the same generationCount",
			     "no volume of that uuid has generation %" PRIu64 ": EVE waits for ever",
			     number_of(ref.o, "generationCount"));
	}
	if (length_of(app->o, "drives"))
		lint(l, FINDING_WARNING, app->where, "drives", "dead-drives", "use volumeRefList",
		     "EVE reads it only once, when it is updated from an old version");
}

static struct json_object *instance_of(const struct lint *l, const char *uuid)
{
	struct member m;

	FOR_EACH_MEMBER(m, l->config, "networkInstances") {
		struct json_object *id = json_object_object_get(m.o, "uuidandversion");

		if (id && *uuid && strcmp(text_of(id, "uuid"), uuid) == 0)
			return m.o;
	}
	return NULL;
}

/* @mac is on an earlier card of some app */
static bool mac_before(const struct lint *l, const char *mac, size_t app, size_t card)
{
	struct member a, c;

	FOR_EACH_MEMBER(a, l->config, "apps")
		FOR_EACH_MEMBER(c, a.o, "interfaces") {
			if (i_a > app || (i_a == app && i_c >= card))
				return false;
			if (strcasecmp(text_of(c.o, "macAddress"), mac) == 0)
				return true;
		}
	return false;
}

static void lint_cards(const struct lint *l, const struct member *app, size_t index)
{
	struct member card;

	FOR_EACH_MEMBER(card, app->o, "interfaces") {
		CLEANUP_FREE char *where = xasprintf("%s.%s", app->where, card.where);
		struct json_object *instance = instance_of(l, text_of(card.o, "networkId"));
		const char *mac = text_of(card.o, "macAddress");

		if (!instance)
			lint(l, FINDING_ERROR, where, "networkId", "app-network",
			     "name the uuid of one of networkInstances", "there is no network '%s'",
			     text_of(card.o, "networkId"));
		if (*mac && !text_is_mac(mac))
			lint(l, FINDING_ERROR, where, "macAddress", "mac", "00:11:22:33:44:55",
			     "'%s' is no MAC address", mac);
		else if (*mac && mac_before(l, mac, index, i_card))
			lint(l, FINDING_ERROR, where, "macAddress", "mac", "give each card its own",
			     "'%s' is there twice", mac);
		lint_rules(l, &card, instance, app->where);
	}
}

/* The group that EVE finds for a name: of the first device that has it, as group or as a label. */
static struct json_object *device_named(const struct lint *l, const char *name)
{
	static const char *const keys[] = { "assigngrp", "phylabel", "logicallabel" };
	struct member m;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		FOR_EACH_MEMBER(m, l->config, "deviceIoList")
			if (*name && strcasecmp(text_of(m.o, keys[i]), name) == 0)
				return m.o;
	return NULL;
}

static bool group_has_port(const struct lint *l, const char *group, const char **ret_label)
{
	struct member m, port;

	FOR_EACH_MEMBER(m, l->config, "deviceIoList") {
		if (strcmp(text_of(m.o, "assigngrp"), group) != 0)
			continue;
		FOR_EACH_MEMBER(port, l->config, "systemAdapterList") {
			const char *lower = text_of(port.o, "lowerLayerName");

			if (!*lower)
				lower = text_of(port.o, "name");
			if (strcmp(text_of(m.o, "logicallabel"), lower) == 0 ||
			    strcmp(text_of(m.o, "phylabel"), lower) == 0) {
				*ret_label = text_of(port.o, "name");
				return true;
			}
		}
	}
	return false;
}

/* An adapter of an earlier app in the same group. */
static bool group_taken(const struct lint *l, const char *group, size_t app, const char **ret_app)
{
	struct member a, d;

	FOR_EACH_MEMBER(a, l->config, "apps") {
		if (i_a >= app)
			return false;
		FOR_EACH_MEMBER(d, a.o, "adapters") {
			struct json_object *device = device_named(l, text_of(d.o, "name"));

			*ret_app = text_of(a.o, "displayname");
			if (device && strcmp(text_of(device, "assigngrp"), group) == 0)
				return true;
		}
	}
	return false;
}

static void lint_adapter(const struct lint *l, const char *where, struct json_object *device,
			 const char *name, size_t app)
{
	const char *group = device ? text_of(device, "assigngrp") : "", *other = "";
	uint64_t type = device ? number_of(device, "ptype") : 0;

	if (!device)
		lint(l, FINDING_ERROR, where, "name", "adapter-name",
		     "name a group or label of deviceIoList", "there is no device '%s'", name);
	else if (!*group)
		lint(l, FINDING_ERROR, where, "name", "adapter-group",
		     "choose a device with an assigngrp", "'%s' cannot be assigned: it has no group",
		     name);
	else if (group_taken(l, group, app, &other))
		lint(l, FINDING_ERROR, where, "name", "adapter-taken", "take it from one of them",
		     "group '%s' is given to '%s' already", group, other);
	else if (group_has_port(l, group, &other))
		lint(l, FINDING_ERROR, where, "name", "adapter-port",
		     "take another device, or take the port out of systemAdapterList",
		     "group '%s' holds port '%s', which EVE itself uses", group, other);
	if (device && on(l, "k") && type != EVE_IO_ETH && type != EVE_IO_OTHER && type != EVE_IO_HDMI &&
	    type != EVE_IO_AUDIO && type != EVE_IO_USB_CONTROLLER)
		lint(l, FINDING_ERROR, where, "name", "adapter-k", "give it to a device with kvm",
		     "EVE-k passes PCI functions only");
}

static void lint_adapters(const struct lint *l, const struct member *app, size_t index)
{
	struct member m;
	unsigned int serials = 0;

	FOR_EACH_MEMBER(m, app->o, "adapters") {
		CLEANUP_FREE char *where = xasprintf("%s.%s", app->where, m.where);
		struct json_object *device = device_named(l, text_of(m.o, "name"));

		lint_adapter(l, where, device, text_of(m.o, "name"), index);
		if (device && number_of(device, "ptype") == EVE_IO_COM && ++serials > EVE_SERIALS_MAX)
			lint(l, FINDING_ERROR, where, "name", "adapter-serial",
			     "give the guest three at most",
			     "the machine has four serial ports, and COM1 is EVE's own");
	}
}

static void lint_life(const struct lint *l, const struct member *app)
{
	struct json_object *purge = json_object_object_get(app->o, "purge");

	if (*text_of(app->o, "userData") && number_of(app->o, "metaDataType") != METADATA_NONE)
		lint(l, FINDING_WARNING, app->where, "metaDataType", "metadata",
		     "1 for guests without cloud-init", "the guest gets a CD for cloud-init");
	if (purge && number_of(purge, "counter"))
		lint(l, FINDING_WARNING, app->where, "purge.counter", "purge",
		     "leave the counter as it is on the device",
		     "if it is raised, EVE makes all volumes anew: a migrated disk loses what was "
		     "written since");
	if (!truth_of(app->o, "activate"))
		lint(l, FINDING_NOTE, app->where, "activate", "activate", "set it to true",
		     "the app will not be started");
}

static bool uuid_before(const struct lint *l, const char *uuid, size_t index)
{
	struct member app;

	FOR_EACH_MEMBER(app, l->config, "apps") {
		struct json_object *id = json_object_object_get(app.o, "uuidandversion");

		if (i_app >= index)
			break;
		if (id && strcmp(text_of(id, "uuid"), uuid) == 0)
			return true;
	}
	return false;
}

void lint_apps(const struct lint *l)
{
	struct member app;

	FOR_EACH_MEMBER(app, l->config, "apps") {
		struct json_object *vm = json_object_object_get(app.o, "fixedresources");
		struct json_object *id = json_object_object_get(app.o, "uuidandversion");

		if (!id || !*text_of(id, "uuid"))
			lint(l, FINDING_ERROR, app.where, "uuidandversion", "app-id",
			     "give it a UUID", "without it EVE's own program ends");
		else if (uuid_before(l, text_of(id, "uuid"), i_app))
			lint(l, FINDING_ERROR, app.where, "uuidandversion.uuid", "unique",
			     "give each its own", "'%s' is another app's", text_of(id, "uuid"));
		if (!vm)
			lint(l, FINDING_ERROR, app.where, "fixedresources", "app-machine",
			     "say memory and processors", "without it EVE's own program ends");
		else
			lint_machine(l, &app, vm);
		lint_volumes(l, &app);
		lint_cards(l, &app, i_app);
		lint_adapters(l, &app, i_app);
		lint_life(l, &app);
	}
}
