// SPDX-License-Identifier: GPL-2.0-or-later
/* Target eve: EVE, driven by its controller. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/target/eve.h"
#include "lib/target/eve_image.h"
#include "lib/target/eve_lint.h"
#include "lib/target/eve_message.h"
#include "lib/target/target.h"

enum { MIB = 1 << 20 };

#define EVE_COMMON                                                                                 \
	[DIM_WORD] = { [WORD_32] = 1, [WORD_64] = 1 }, [DIM_DISPLAY] = { [DISPLAY_VGA] = 1 },      \
	[DIM_INPUT] = { [INPUT_PS2] = 1, [INPUT_USB] = 2 },                                        \
	[DIM_SERIAL] = { [SERIAL_16550A] = 1, [SERIAL_NONE] = 1 },                                 \
	[DIM_CLOCK] = { [RTC_LOCALTIME] = 1, [RTC_UTC] = 5 }

/* LEGACY: what guests without paravirtual drivers get. */
static const struct machine_model legacy = { .ports = true, .cost = {
	EVE_COMMON,
	[DIM_FIRMWARE] = { [FIRMWARE_BIOS] = 1 },
	[DIM_DISK] = { [DISK_AHCI] = 10 },
	[DIM_NIC] = { [NIC_NONE] = 1, [NIC_E1000] = 10 },
} };

/* HVM with a BIOS and FML with UEFI: virtio in both. */
static const struct machine_model offers = { .ports = true, .cost = {
	EVE_COMMON,
	[DIM_FIRMWARE] = { [FIRMWARE_BIOS] = 1, [FIRMWARE_UEFI] = 1 },
	[DIM_DISK] = { [DISK_VIRTIO_BLK] = 1 },
	[DIM_NIC] = { [NIC_NONE] = 1, [NIC_VIRTIO] = 1 },
}, .otherwise = &legacy };

enum eve_mode eve_mode_of(const struct guest *g)
{
	if (g->device[DIM_DISK] == DISK_AHCI || g->device[DIM_NIC] == NIC_E1000)
		return EVE_LEGACY;
	return g->device[DIM_FIRMWARE] == FIRMWARE_UEFI ? EVE_FML : EVE_HVM;
}

const char *eve_mode_name(enum eve_mode mode)
{
	return mode == EVE_HVM ? "HVM" : mode == EVE_FML ? "FML" : "LEGACY";
}

uint64_t eve_overhead(uint64_t memory, uint64_t vcpus)
{
	return (370 + 3 * vcpus) * MIB + memory / 40;
}

char *eve_uuid(const struct plan *plan, const char *kind, const char *name)
{
	CLEANUP_FREE char *text = xasprintf("eve/%s/%s/%s", plan->name, kind, name);

	return guest_uuid_from_name(text);
}

const struct machine_nic *eve_uplink(const struct plan *plan, const struct eve_settings *s)
{
	for (size_t i = 0; i < plan->host.n_nics; i++) {
		const struct machine_nic *n = &plan->host.nics[i];

		if (s->uplink ? strcmp(n->name, s->uplink) == 0 ||
					(n->label && strcmp(n->label, s->uplink) == 0) :
				n->usage && strcmp(n->usage, "host") == 0)
			return n;
	}
	return NULL;
}

static bool is_uuid(const char *s)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	for (i = 0; i < sizeof(form) - 1 && s[i]; i++)
		if (form[i] == 'x' ? !strchr("0123456789abcdef", s[i]) : s[i] != form[i])
			return false;
	return i == sizeof(form) - 1 && !s[i];
}

struct eve_settings eve_settings_read(const struct plan *plan, struct report *report)
{
	struct eve_settings s = { .tag = "1" };

	for (size_t i = 0; i < plan->settings.n; i++) {
		const char *text = plan->settings.v[i], *equals = strchr(text, '=');
		size_t n = equals ? (size_t)(equals - text) : strlen(text);
		const char *value = equals ? equals + 1 : "";

		if (strncmp(text, "datastore", n) == 0 && n == 9)
			s.datastore = value;
		else if (strncmp(text, "device", n) == 0 && n == 6)
			s.device = value;
		else if (strncmp(text, "uplink", n) == 0 && n == 6)
			s.uplink = value;
		else if (strncmp(text, "tag", n) == 0 && n == 3)
			s.tag = value;
	}
	if (!s.datastore)
		report_remedy(report_add(report, FINDING_ERROR, "datastore",
					 "EVE fetches disks from a registry, and none is named"),
			      "--set datastore=docker://REGISTRY:PORT");
	else if (eve_datastore_type(s.datastore) != EVE_STORE_REGISTRY)
		report_remedy(report_add(report, FINDING_ERROR, s.datastore,
					 "is no registry for EVE: other datastores need digests, "
					 "which a plan does not know"),
			      "--set datastore=docker://REGISTRY:PORT");
	if (s.device && !is_uuid(s.device))
		report_remedy(report_add(report, FINDING_ERROR, s.device,
					 "is not the UUID of a device"),
			      "the controller lists the UUIDs of its devices");
	return s;
}

/* Ports and devices that EVE has no way to give. */
static void check_device(const struct partition *p, const struct partition_device *d,
			 struct json_object *devices, struct report *ret)
{
	const char *what = d->label ? d->label : d->host;

	if (strcmp(d->kind, "nic") == 0)
		return;
	if (strcmp(d->kind, "parallel") == 0)
		report_remedy(report_add(ret, FINDING_ERROR, p->guest.name,
					 "EVE has no parallel ports: %s", what),
			      "give the guest to target qemu or libvirt");
	else if (!eve_assign_name(devices, d))
		report_remedy(report_add(ret, FINDING_ERROR, p->guest.name,
					 "EVE cannot assign %s (%s): it has no assignment group",
					 what, d->host),
			      "see the device's IOMMU group in the profile, or use another device");
}

static void check_serials(const struct partition *p, struct report *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_devices; i++) {
		const struct partition_device *d = &p->devices[i];

		if (strcmp(d->kind, "serial") != 0)
			continue;
		if (++n > EVE_SERIALS_MAX)
			report_add(ret, FINDING_ERROR, p->guest.name,
				   "%s is serial port number %zu, EVE gives a guest at most %d",
				   d->host, n, EVE_SERIALS_MAX);
		else
			report_remedy(report_add(ret, FINDING_WARNING, p->guest.name,
						 "old port %s becomes COM%zu in the guest: COM1 is "
						 "EVE's own", d->role, n + 1),
				      "set the program in the guest to COM%zu", n + 1);
	}
}

static void check_mode(const struct partition *p, struct report *ret)
{
	const struct guest *g = &p->guest;
	enum eve_mode mode = eve_mode_of(g);

	for (int dim = 0; dim < N_DIMS; dim++)
		if (!model_has(mode == EVE_LEGACY ? &legacy : &offers, dim, (unsigned int)g->device[dim]))
			report_remedy(report_add(ret, FINDING_ERROR, g->name,
						 "EVE has no %s '%s' in mode %s", model_dim_name(dim),
						 model_value_name(dim, (unsigned int)g->device[dim]),
						 eve_mode_name(mode)),
				      "convert it with --target eve");
	if (mode == EVE_LEGACY)
		report_remedy(report_add(ret, FINDING_WARNING, g->name,
					 "in mode LEGACY every stop is a power cut, disks work only "
					 "where /persist is ext4, and EVE-k ignores the mode"),
			      "shut the guest down from inside before the device is updated; "
			      "virtio drivers in the guest avoid the mode");
	else if (!g->acpi)
		report_remedy(report_add(ret, FINDING_WARNING, g->name,
					 "it does not follow the power button: EVE waits 11 minutes "
					 "at each stop, then cuts the power"),
			      "shut it down from inside");
}

/* What the guest may know its old PC by. */
static void check_lost(const struct guest *g, struct report *ret)
{
	static const uint64_t usual[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };

	if (g->serial || g->vendor)
		report_add(ret, FINDING_WARNING, g->name,
			   "EVE cannot give the SMBIOS strings of the old PC: licences bound to them "
			   "may ask again");
	for (size_t i = 0; i < g->n_disks; i++) {
		if (g->disks[i].serial)
			report_add(ret, FINDING_WARNING, g->name,
				   "EVE cannot give disk %zu its old serial number", i);
		if (i && g->disks[i].boot)
			report_add(ret, FINDING_WARNING, g->name,
				   "EVE starts from the first disk: disk %zu becomes it, the others "
				   "follow", i);
	}
	for (size_t i = 0; i < g->n_serials; i++)
		if (g->serials[i].port &&
		    (i >= ARRAY_SIZE(usual) || g->serials[i].port != usual[i]))
			report_add(ret, FINDING_WARNING, g->name,
				   "EVE cannot put port %s at its old address 0x%" PRIx64,
				   g->serials[i].old, g->serials[i].port);
}

/* EVE knows an app by its UUID. */
static void check_identity(const struct plan *plan, size_t index, struct report *ret)
{
	const struct guest *g = &plan->partitions[index].guest;

	for (size_t i = 0; i < index; i++)
		if (strcmp(plan->partitions[i].guest.uuid, g->uuid) == 0)
			report_remedy(report_add(ret, FINDING_ERROR, g->name,
						 "has the UUID of '%s', and EVE tells apps apart by it",
						 plan->partitions[i].guest.name),
				      "change the uuid in its guest.xml");
}

static void check_partition(const struct partition *p, struct json_object *devices,
			    struct report *ret)
{
	uint64_t overhead = eve_overhead(p->memory, p->vcpus);

	check_mode(p, ret);
	check_lost(&p->guest, ret);
	check_serials(p, ret);
	for (size_t i = 0; i < p->n_devices; i++)
		check_device(p, &p->devices[i], devices, ret);
	if (overhead > p->overhead)
		report_add(ret, FINDING_NOTE, p->guest.name,
			   "EVE counts %" PRIu64 " MiB for QEMU itself, the plan %" PRIu64 " MiB",
			   overhead / MIB, p->overhead / MIB);
	if (p->cache_ways)
		report_remedy(report_add(ret, FINDING_WARNING, p->guest.name,
					 "EVE has no cache allocation: its share is lost"),
			      "choose target acrn, or libvirt on a host with resctrl");
	if (p->started_by)
		report_add(ret, FINDING_ERROR, p->guest.name,
			   "EVE starts no guest before its own system");
	if (p->class == CLASS_RT)
		report_add(ret, FINDING_WARNING, p->guest.name,
			   "EVE pins its CPUs but isolates none: class rt is not kept");
}

/* What EVE itself adds up before it starts an app. */
static void check_memory(const struct plan *plan, struct report *ret)
{
	uint64_t need = (uint64_t)800 * MIB;

	for (size_t i = 0; i < plan->n_partitions; i++)
		need += plan->partitions[i].memory +
			eve_overhead(plan->partitions[i].memory, plan->partitions[i].vcpus);
	if (plan->host.memory && need > plan->host.memory)
		report_remedy(report_add(ret, FINDING_ERROR, plan->name,
					 "EVE counts %" PRIu64 " MiB for all guests, QEMU and itself, "
					 "the host has %" PRIu64 " MiB", need / MIB,
					 plan->host.memory / MIB),
			      "give the guests less memory, or move one away");
}

static void check(const struct plan *plan, struct report *ret)
{
	struct eve_settings s = eve_settings_read(plan, ret);
	const struct machine_nic *uplink = eve_uplink(plan, &s);
	struct json_object *devices = eve_devices(&plan->host, uplink ? uplink->name : NULL);

	if (!uplink)
		report_remedy(report_add(ret, FINDING_ERROR, s.uplink ? s.uplink : "uplink",
					 "no card of the host is EVE's way to its controller"),
			      "--set uplink=NAME, or usage=\"host\" at the card in the profile");
	if (!s.device)
		report_remedy(report_add(ret, FINDING_WARNING, "device",
					 "no UUID of the device is given: EVE reads no app from a "
					 "configuration without it; Adam fills it in"),
			      "--set device=UUID for other controllers");
	if (plan->n_links)
		report_add(ret, FINDING_ERROR, plan->links[0].name,
			   "EVE has no wires or shared memory between guests");
	if (plan->host.arch && strcmp(plan->host.arch, "x86_64") != 0)
		report_remedy(report_add(ret, FINDING_ERROR, plan->host.name,
					 "an %s host cannot run guests of a PC under EVE",
					 plan->host.arch),
			      "choose an x86-64 host");
	check_memory(plan, ret);
	for (size_t i = 0; i < plan->n_partitions; i++)
		check_partition(&plan->partitions[i], devices, ret);
	for (size_t i = 0; i < plan->n_partitions; i++)
		check_identity(plan, i, ret);
	json_object_put(devices);
}

static int emit(const struct plan *plan, struct fileset *ret, struct error *err)
{
	struct eve_settings s = eve_settings_read(plan, NULL);
	struct json_object *config, *canonical;
	CLEANUP_FREE uint8_t *data = NULL;
	const char *text;
	size_t len = 0;
	int rc = -1;

	if (!s.datastore)
		return error_set(err, ERR_UNSUPPORTED, "target eve: no datastore is named");
	config = eve_config(plan, &s);
	if (eve_from_json(config, NULL, &data, &len, err) == 0 &&
	    (canonical = eve_to_json(data, len, NULL, err))) {
		text = json_object_to_json_string_ext(canonical, JSON_C_TO_STRING_PRETTY |
								 JSON_C_TO_STRING_NOSLASHESCAPE);
		fileset_add(ret, "config.json", xasprintf("%s\n", text), strlen(text) + 1, false);
		fileset_add(ret, "config.pb", (char *)STEAL(data), len, false);
		json_object_put(canonical);
		canonical = eve_model(&plan->host);
		text = json_object_to_json_string_ext(canonical, JSON_C_TO_STRING_PRETTY |
								 JSON_C_TO_STRING_NOSLASHESCAPE);
		fileset_add(ret, "model.json", xasprintf("%s\n", text), strlen(text) + 1, false);
		json_object_put(canonical);
		rc = 0;
	}
	json_object_put(config);
	return rc;
}

static const char *const settings[] = { "datastore", "device", "uplink", "tag", NULL };

const struct target target_eve = {
	.name = "eve",
	.summary = "EVE: the configuration of a device, for its controller",
	.offers = &offers,
	.settings = settings,
	.check = check,
	.emit = emit,
};
