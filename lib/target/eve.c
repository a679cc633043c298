// SPDX-License-Identifier: GPL-2.0-or-later
/* Target eve: EVE, driven by its controller. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/json.h"
#include "lib/target/eve.h"
#include "lib/target/eve_merge.h"
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

/* HVM on a device with Arm processors: always with UEFI, and a UART where the console of a PC would be. */
static const struct machine_model arm = { .ports = true, .otherwise = &legacy, .cost = {
	[DIM_WORD] = { [WORD_ARM64] = 1 },
	[DIM_FIRMWARE] = { [FIRMWARE_UEFI] = 1 },
	[DIM_DISK] = { [DISK_VIRTIO_BLK] = 1 },
	[DIM_NIC] = { [NIC_NONE] = 1, [NIC_VIRTIO] = 1 },
	[DIM_DISPLAY] = { [DISPLAY_VIRTIO_GPU] = 1, [DISPLAY_NONE] = 1 },
	[DIM_INPUT] = { [INPUT_USB] = 1, [INPUT_NONE] = 1 },
	[DIM_SERIAL] = { [SERIAL_PL011] = 1, [SERIAL_NONE] = 1 },
	[DIM_CLOCK] = { [RTC_UTC] = 1 },
} };

/* HVM with a BIOS and FML with UEFI: virtio in both. */
static const struct machine_model offers = { .ports = true, .cost = {
	EVE_COMMON,
	[DIM_FIRMWARE] = { [FIRMWARE_BIOS] = 1, [FIRMWARE_UEFI] = 1 },
	[DIM_DISK] = { [DISK_VIRTIO_BLK] = 1 },
	[DIM_NIC] = { [NIC_NONE] = 1, [NIC_VIRTIO] = 1 },
}, .otherwise = &arm };

const struct machine_model *eve_offers(const struct guest *g)
{
	if (guest_is_arm(g))
		return &arm;
	return eve_mode_of(g) == EVE_LEGACY ? &legacy : &offers;
}

enum eve_mode eve_mode_of(const struct guest *g)
{
	if (guest_is_arm(g))
		return EVE_HVM;
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

/* The merged configuration takes the place of ours; the current one goes with it, to go back to. */
static int merge(struct fileset *files, const char *current, struct report *report, struct strv *ret,
		 struct error *err)
{
	const struct fileset_file *own = fileset_find(files, EVE_CONFIG_PB);
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
		if (!fileset_find(&out, files->files[i].path))
			fileset_add(&out, files->files[i].path, STEAL(files->files[i].data),
				    files->files[i].len, false);
	fileset_add(&out, "previous.pb", (char *)STEAL(old), old_len, false);
	fileset_clear(files);
	*files = out;
	out = (struct fileset)FILESET_INIT;
	return 0;
}

static const char *const settings[] = { "datastore", "store-user", "store-password", "store-region",
					"device",    "uplink",	   "tag",	     "vnc-password",
					"hv",	     "persist",	   "network",	     "subnet",
					"portmap",   NULL };

/* COM1 is EVE's own console. */
const struct port_limits eve_ports = { .no_parallel = true, .no_sound = true, .no_floppy = true,
	.no_geometry = true, .own_processor = true, .own_acpi = true, .serials_max = EVE_SERIALS_MAX,
	.serial_note = "old serial ports begin at COM2 in the guest: COM1 is EVE's own" };

const struct target target_eve = {
	.name = "eve",
	.summary = "EVE: the configuration of a device, for its controller",
	.offers = &offers,
	.ports = &eve_ports,
	.settings = settings,
	.gives = EVE_GIVES,
	.check = eve_check,
	.emit = emit,
	.merge = merge,
};
