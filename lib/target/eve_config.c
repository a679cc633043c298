// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration of an EVE device for a plan: datastore, images, volumes, networks and apps. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/guest_net.h"
#include "lib/target/eve.h"
#include "lib/target/eve_image.h"
#include "lib/target/eve_local.h"
#include "lib/target/eve_put.h"

enum { KIB = 1024, START_DELAY_S = 30, FORMAT_QCOW2 = 3, TARGET_DISK = 1, ORIGIN_DOWNLOAD = 2 };
enum { INSTANCE_SWITCH = 1, NETWORK_V4 = 4, DHCP_CLIENT = 4, METADATA_NONE = 1 };

static void put_datastore(const struct plan *plan, const struct eve_settings *s,
			  struct json_object *config)
{
	struct json_object *store = append(config, "datastores");
	CLEANUP_FREE char *fqdn = NULL, *path = NULL;

	eve_datastore_fields(s->datastore, s->store_region, &fqdn, &path);
	put_uuid(store, "id", plan, "datastore", "images");
	put_number(store, "dType", (uint64_t)eve_datastore_type(s->datastore));
	put_text(store, "fqdn", fqdn);
	put_text(store, "dpath", path);
	put_text(store, "apiKey", s->store_user);
	put_text(store, "password", s->store_password);
	put_text(store, "region", s->store_region);
}

/* In a registry under a name of its own; elsewhere where 'rehost bundle extract' puts it. */
static char *image_url(const struct plan *plan, const struct partition *p, size_t i,
		       const struct eve_settings *s)
{
	CLEANUP_FREE char *image = NULL;

	if (eve_datastore_type(s->datastore) != EVE_STORE_REGISTRY)
		return xasprintf("guests/%s/disk%zu.qcow2", p->guest.name, i);
	image = eve_image_name(plan->name, p->guest.name, i);
	return xasprintf("%s:%s", image, s->tag);
}

/* A disk is an image in the datastore, and a volume that is made of it once. */
static void put_disk(const struct plan *plan, const struct partition *p, size_t i,
		     const struct eve_settings *s, struct json_object *config,
		     struct json_object *app)
{
	struct json_object *content = append(config, "contentInfo"), *origin, *volume;
	const struct guest_disk *d = &p->guest.disks[i];
	CLEANUP_FREE char *name = xasprintf("%s-disk%zu", p->guest.name, i), *url = image_url(plan, p, i, s);

	put_uuid(content, "uuid", plan, "content", name);
	put_uuid(content, "dsId", plan, "datastore", "images");
	put_text(content, "URL", url);
	put_number(content, "iformat", FORMAT_QCOW2);
	put_text(content, "sha256",
		 eve_datastore_type(s->datastore) == EVE_STORE_REGISTRY ? d->artifact : d->image);
	put_number(content, "maxSizeBytes", d->image_size ? d->image_size : eve_image_bound(d->size));
	put_text(content, "displayName", name);

	volume = append(config, "volumes");
	put_uuid(volume, "uuid", plan, "volume", name);
	origin = json_object_new_object();
	put_number(origin, "type", ORIGIN_DOWNLOAD);
	put_uuid(origin, "downloadContentTreeID", plan, "content", name);
	json_object_object_add(volume, "origin", origin);
	put_number(volume, "maxsizebytes", d->size);
	put_text(volume, "displayName", name);
	put_number(volume, "target", TARGET_DISK);

	put_uuid(append(app, "volumeRefList"), "uuid", plan, "volume", name);
}

static bool is_listed(struct json_object *list, const char *name)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *n = json_object_object_get(json_object_array_get_idx(list, i),
							       "name");

		if (n && strcmp(json_object_get_string(n), name) == 0)
			return true;
	}
	return false;
}

static void put_uplink_network(const struct plan *plan, struct json_object *config)
{
	struct json_object *network = append(config, "networks"), *ip = json_object_new_object();

	put_uuid(network, "id", plan, "network", "uplink");
	put_number(network, "type", NETWORK_V4);
	put_number(ip, "dhcp", DHCP_CLIENT);
	json_object_object_add(network, "ip", ip);
}

/* A card of the host that guests are switched to; the first one asked for is EVE's own. */
static void put_port(const struct plan *plan, const char *card, bool uplink,
		     struct json_object *config)
{
	struct json_object *adapter;

	if (is_listed(list_of(config, "systemAdapterList"), card))
		return;
	adapter = append(config, "systemAdapterList");
	put_text(adapter, "name", card);
	put_text(adapter, "lowerLayerName", card);
	if (uplink) {
		put_true(adapter, "uplink");
		put_uuid(adapter, "networkUUID", plan, "network", "uplink");
		put_uplink_network(plan, config);
	}
}

static void put_switch(const struct plan *plan, const char *card, struct json_object *config)
{
	CLEANUP_FREE char *uuid = eve_uuid(plan, "switch", card), *name = NULL;
	struct json_object *list = list_of(config, "networkInstances"), *ni, *id, *port;

	name = xasprintf("switch-%s", card);
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (strcmp(json_object_get_string(json_object_object_get(
				   json_object_array_get_idx(list, i), "displayname")),
			   name) == 0)
			return;
	ni = append(config, "networkInstances");
	id = json_object_new_object();
	put_text(id, "uuid", uuid);
	put_text(id, "version", "1");
	json_object_object_add(ni, "uuidandversion", id);
	put_text(ni, "displayname", name);
	put_number(ni, "instType", INSTANCE_SWITCH);
	put_true(ni, "activate");
	port = json_object_new_object();
	put_number(port, "type", EVE_IO_ETH);
	put_text(port, "name", card);
	json_object_object_add(ni, "port", port);
}

/* Without a rule EVE drops everything. */
static void put_allow_all(struct json_object *interface)
{
	static const char *const everything[] = { "0.0.0.0/0", "::/0" };

	for (size_t i = 0; i < ARRAY_SIZE(everything); i++) {
		struct json_object *rule = append(interface, "acls"), *match = append(rule, "matches");

		put_text(match, "type", "ip");
		put_text(match, "value", everything[i]);
		put_number(rule, "id", i + 1);
	}
}

static void put_nics(const struct plan *plan, const struct partition *p,
		     const struct eve_settings *s, const char *uplink, struct json_object *config,
		     struct json_object *app)
{
	bool mapped = false;

	for (size_t i = 0; i < p->guest.n_nics && p->guest.device[DIM_NIC] != NIC_NONE; i++) {
		const struct guest_nic *n = &p->guest.nics[i];
		const char *card = guest_net_card(p, &p->guest, i);
		struct json_object *interface;
		CLEANUP_FREE char *name = xasprintf("net%zu", i);

		bool local = !card && s->local;

		if (!card)
			card = uplink;
		if (!card)
			continue;
		put_port(plan, card, false, config);
		if (!local)
			put_switch(plan, card, config);
		interface = append(app, "interfaces");
		put_text(interface, "name", name);
		put_uuid(interface, "networkId", plan, local ? EVE_LOCAL_KIND : "switch",
			 local ? EVE_LOCAL_NAME : card);
		put_text(interface, "macAddress", n->mac);
		put_allow_all(interface);
		if (local && !mapped)
			eve_local_map(plan, p->guest.name, interface);
		mapped |= local;
		put_number(interface, "interface_order", i);
	}
}

static void put_adapters(const struct partition *p, struct json_object *devices,
			 struct json_object *app)
{
	for (size_t i = 0; i < p->n_devices; i++) {
		const struct partition_device *d = &p->devices[i];
		const char *group = strcmp(d->kind, "nic") == 0 ? NULL : eve_assign_name(devices, d);
		struct json_object *adapter;

		if (!group)
			continue;
		adapter = append(app, "adapters");
		put_number(adapter, "type",
			   strcmp(d->kind, "serial") == 0 ? EVE_IO_COM :
			   strcmp(d->kind, "usb") == 0	  ? EVE_IO_USB_DEVICE :
							    EVE_IO_OTHER);
		put_text(adapter, "name", group);
	}
}

static void put_resources(const struct partition *p, size_t index, const struct eve_settings *s,
			  struct json_object *app)
{
	enum eve_mode mode = eve_mode_of(&p->guest);
	struct json_object *vm = json_object_new_object();

	put_number(vm, "memory", p->memory / KIB);
	put_number(vm, "maxmem", p->memory / KIB);
	put_number(vm, "vcpus", p->vcpus);
	put_number(vm, "maxcpus", p->vcpus);
	put_number(vm, "virtualizationMode", mode);
	/* without it the machine has no screen at all */
	put_true(vm, "enable_vnc");
	put_number(vm, "vncDisplay", index + 1);
	put_text(vm, "vncPasswd", s->vnc_password);
	if (p->class != CLASS_SHARED)
		put_true(vm, "pin_cpu");
	put_true(vm, "enforce_network_interface_order");
	if (mode != EVE_FML)
		put_true(vm, "disable_vtpm");
	json_object_object_add(app, "fixedresources", vm);
}

static void put_app(const struct plan *plan, size_t index, const struct eve_settings *s,
		    const char *uplink, struct json_object *config)
{
	const struct partition *p = &plan->partitions[index];
	struct json_object *app = append(config, "apps"), *id = json_object_new_object();

	put_text(id, "uuid", p->guest.uuid);
	put_text(id, "version", "1");
	json_object_object_add(app, "uuidandversion", id);
	put_text(app, "displayname", p->guest.name);
	put_resources(p, index, s, app);
	put_true(app, "activate");
	put_nics(plan, p, s, uplink, config, app);
	put_adapters(p, json_object_object_get(config, "deviceIoList"), app);
	/* the first volume is the one that EVE starts from */
	for (size_t i = 0; i < p->guest.n_disks; i++)
		if (p->guest.disks[i].boot)
			put_disk(plan, p, i, s, config, app);
	for (size_t i = 0; i < p->guest.n_disks; i++)
		if (!p->guest.disks[i].boot)
			put_disk(plan, p, i, s, config, app);
	put_number(app, "metaDataType", METADATA_NONE);
	put_number(app, "start_delay_in_seconds",
		   p->start_order > 1 ? (p->start_order - 1) * START_DELAY_S : 0);
}

struct json_object *eve_config(const struct plan *plan, const struct eve_settings *s)
{
	struct json_object *config = json_object_new_object();
	const struct machine_nic *nic = eve_uplink(plan, s);
	const char *uplink = nic ? nic->name : NULL;

	if (s->device) {
		struct json_object *id = json_object_new_object();

		put_text(id, "uuid", s->device);
		put_text(id, "version", "1");
		json_object_object_add(config, "id", id);
	}
	put_datastore(plan, s, config);
	json_object_object_add(config, "deviceIoList", eve_devices(&plan->host, uplink));
	if (uplink)
		put_port(plan, uplink, true, config);
	if (uplink && s->local)
		eve_local_put(plan, s, uplink, config);
	for (size_t i = 0; i < plan->n_partitions; i++)
		put_app(plan, i, s, uplink, config);
	return config;
}
