// SPDX-License-Identifier: GPL-2.0-or-later
/* Target eve: EVE, driven by its controller. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/identifier.h"
#include "lib/base/json.h"
#include "lib/target/eve.h"
#include "lib/target/eve_image.h"
#include "lib/target/eve_lint.h"
#include "lib/target/eve_merge.h"
#include "lib/target/eve_message.h"
#include "lib/target/target.h"

enum { MIB = 1 << 20, VNC_PASSWORD_MAX = 8 };

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

/* Digests are known only where the disks are: in a bundle that is being made. */
static bool knows_images(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_partitions; i++)
		for (size_t k = 0; k < plan->partitions[i].guest.n_disks; k++)
			if (!plan->partitions[i].guest.disks[k].image[0])
				return false;
	return true;
}

static void check_datastore(const struct plan *plan, const struct eve_settings *s, struct report *report)
{
	enum eve_store type = s->datastore ? eve_datastore_type(s->datastore) : EVE_STORE_UNKNOWN;

	if (!s->datastore)
		report_remedy(report_add(report, FINDING_ERROR, "datastore",
					 "EVE fetches disks from a registry, and none is named"),
			      "--set datastore=docker://REGISTRY:PORT");
	else if (type == EVE_STORE_UNKNOWN)
		report_remedy(report_add(report, FINDING_ERROR, s->datastore,
					 "is no datastore that EVE knows"),
			      "docker://, https://, http://, sftp:// or s3://");
	else if (type != EVE_STORE_REGISTRY && !knows_images(plan))
		report_remedy(report_add(report, FINDING_ERROR, s->datastore,
					 "is no registry: there EVE wants the digests of the images, which "
					 "a plan does not know"),
			      "let 'rehost bundle --target eve' write it, or use docker://REGISTRY:PORT");
	if (s->datastore && type == EVE_STORE_HTTP)
		report_remedy(report_add(report, FINDING_WARNING, s->datastore,
					 "anybody on the way can read the disks"),
			      "https://");
}

struct eve_settings eve_settings_read(const struct plan *plan, struct report *report)
{
	struct eve_settings s = { .tag = "1" };
	const struct {
		const char *name;
		const char **value;
	} known[] = {
		{ "datastore=", &s.datastore },	    { "store-user=", &s.store_user },
		{ "store-password=", &s.store_password }, { "store-region=", &s.store_region },
		{ "device=", &s.device },	    { "uplink=", &s.uplink },
		{ "tag=", &s.tag },		    { "vnc-password=", &s.vnc_password },
	};

	for (size_t i = 0; i < plan->settings.n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(known); k++) {
			size_t len = strlen(known[k].name);

			if (strncmp(plan->settings.v[i], known[k].name, len) == 0)
				*known[k].value = plan->settings.v[i] + len;
		}
	check_datastore(plan, &s, report);
	if (s.device && !text_is_uuid(s.device))
		report_remedy(report_add(report, FINDING_ERROR, s.device,
					 "is not the UUID of a device"),
			      "the controller lists the UUIDs of its devices");
	if (!s.vnc_password || !*s.vnc_password)
		report_remedy(report_add(report, FINDING_WARNING, "vnc-password",
					 "the screens have no password: whoever reaches the device reaches "
					 "the guests' keyboards"),
			      "--set vnc-password=@FILE, and leave app.allow.vnc off");
	else if (strlen(s.vnc_password) > VNC_PASSWORD_MAX)
		report_remedy(report_add(report, FINDING_ERROR, "vnc-password",
					 "VNC knows passwords of 8 characters, and cuts longer ones"),
			      "choose a shorter one");
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
	if (!machine_runs_pcs(&plan->host))
		report_remedy(report_add(ret, FINDING_ERROR, plan->host.name,
					 "its processors (%s) do not run the programs of a PC: EVE has no "
					 "emulation", plan->host.arch),
			      "choose an x86-64 host");
	check_memory(plan, ret);
	for (size_t i = 0; i < plan->n_partitions; i++)
		check_partition(&plan->partitions[i], devices, ret);
	for (size_t i = 0; i < plan->n_partitions; i++)
		check_identity(plan, i, ret);
	json_object_put(devices);
}

static void add_json(struct fileset *ret, const char *path, struct json_object *o)
{
	const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
							     JSON_C_TO_STRING_NOSLASHESCAPE);

	fileset_add(ret, path, xasprintf("%s\n", text), strlen(text) + 1, false);
}

/* Both forms of a configuration; @data is taken over. */
static int add_config(struct fileset *ret, uint8_t *data, size_t len, struct error *err)
{
	struct json_object *config CLEANUP_JSON = eve_to_json(data, len, NULL, err);

	fileset_add(ret, EVE_CONFIG_PB, (char *)data, len, false);
	if (!config)
		return -1;
	add_json(ret, EVE_CONFIG_JSON, config);
	return 0;
}

static int emit(const struct plan *plan, struct fileset *ret, struct error *err)
{
	struct eve_settings s = eve_settings_read(plan, NULL);
	struct json_object *config CLEANUP_JSON = NULL, *model CLEANUP_JSON = NULL;
	uint8_t *data = NULL;
	size_t len = 0;

	if (!s.datastore)
		return error_set(err, ERR_UNSUPPORTED, "target eve: no datastore is named");
	config = eve_config(plan, &s);
	if (eve_from_json(config, NULL, &data, &len, err) < 0 || add_config(ret, data, len, err) < 0)
		return -1;
	model = eve_model(&plan->host);
	add_json(ret, "model.json", model);
	return 0;
}

static struct fileset_file *find_file(struct fileset *files, const char *path)
{
	for (size_t i = 0; i < files->n_files; i++)
		if (strcmp(files->files[i].path, path) == 0)
			return &files->files[i];
	return NULL;
}

/* The merged configuration takes the place of ours; the current one goes with it, to go back to. */
static int merge(struct fileset *files, const char *current, struct report *report, struct strv *ret,
		 struct error *err)
{
	const struct fileset_file *own = find_file(files, EVE_CONFIG_PB);
	struct fileset out CLEANUP_FILESET = FILESET_INIT;
	struct json_object *before CLEANUP_JSON = NULL, *after CLEANUP_JSON = NULL;
	CLEANUP_FREE uint8_t *old = NULL;
	uint8_t *data = NULL;
	size_t old_len = 0, len = 0;

	if (eve_read_message(current, &old, &old_len, err) < 0 ||
	    eve_merge(old, old_len, (const uint8_t *)own->data, own->len, report, &data, &len, err) < 0)
		return -1;
	if (add_config(&out, data, len, err) < 0 || !(before = eve_to_json(old, old_len, report, err)) ||
	    !(after = eve_to_json(data, len, NULL, err)))
		return -1;
	eve_difference(before, after, ret);
	for (size_t i = 0; i < files->n_files; i++)
		if (!find_file(&out, files->files[i].path))
			fileset_add(&out, files->files[i].path, STEAL(files->files[i].data),
				    files->files[i].len, false);
	fileset_add(&out, "previous.pb", (char *)STEAL(old), old_len, false);
	fileset_clear(files);
	*files = out;
	out = (struct fileset)FILESET_INIT;
	return 0;
}

static const char *const settings[] = { "datastore", "store-user", "store-password", "store-region",
					"device",    "uplink",	   "tag",	     "vnc-password", NULL };

const struct target target_eve = {
	.name = "eve",
	.summary = "EVE: the configuration of a device, for its controller",
	.offers = &offers,
	.settings = settings,
	.check = check,
	.emit = emit,
	.merge = merge,
};
