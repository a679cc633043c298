// SPDX-License-Identifier: GPL-2.0-or-later
/* Machine models and the negotiation between guest and target. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"
#include "lib/machine_model.h"

static const struct {
	const char *name;
	const char *values[MODEL_VALUES];
} dims[N_DIMS] = {
	[DIM_WORD] = { "word", { [WORD_32] = "32", [WORD_64] = "64", [WORD_ARM64] = "arm64" } },
	[DIM_FIRMWARE] = { "firmware", {
		[FIRMWARE_BIOS] = "bios", [FIRMWARE_UEFI] = "uefi", [FIRMWARE_KERNEL] = "kernel" } },
	[DIM_DISK] = { "disk", {
		[DISK_IDE] = "ide", [DISK_AHCI] = "ahci", [DISK_VIRTIO_BLK] = "virtio-blk",
		[DISK_VIRTIO_SCSI] = "virtio-scsi", [DISK_NVME] = "nvme",
		[DISK_LSI53C895A] = "lsi53c895a", [DISK_BUSLOGIC] = "buslogic",
		[DISK_MEGASAS] = "megasas", [DISK_USB] = "usb", [DISK_XEN] = "xen" } },
	[DIM_NIC] = { "nic", {
		[NIC_NONE] = "none", [NIC_VIRTIO] = "virtio-net", [NIC_E1000] = "e1000",
		[NIC_E1000E] = "e1000e", [NIC_RTL8139] = "rtl8139", [NIC_PCNET] = "pcnet",
		[NIC_NE2K_PCI] = "ne2k-pci", [NIC_NE2K_ISA] = "ne2k-isa", [NIC_TULIP] = "tulip",
		[NIC_I82557B] = "i82557b", [NIC_XEN] = "xen" } },
	[DIM_DISPLAY] = { "display", {
		[DISPLAY_NONE] = "none", [DISPLAY_VGA] = "vga", [DISPLAY_CIRRUS] = "cirrus",
		[DISPLAY_VIRTIO_GPU] = "virtio-gpu" } },
	[DIM_INPUT] = { "input", {
		[INPUT_NONE] = "none", [INPUT_PS2] = "ps2", [INPUT_USB] = "usb" } },
	[DIM_SERIAL] = { "serial", {
		[SERIAL_NONE] = "none", [SERIAL_16550A] = "16550a", [SERIAL_VIRTIO] = "virtio",
		[SERIAL_PL011] = "pl011" } },
	[DIM_CLOCK] = { "clock", { [RTC_UTC] = "utc", [RTC_LOCALTIME] = "localtime" } },
};

const char *model_dim_name(enum model_dim dim)
{
	return dims[dim].name;
}

const char *model_value_name(enum model_dim dim, unsigned int value)
{
	return value < MODEL_VALUES ? dims[dim].values[value] : NULL;
}

int model_dim_from_name(const char *name, struct error *err)
{
	struct strv known CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;

	for (int dim = 0; dim < N_DIMS; dim++) {
		if (strcmp(dims[dim].name, name) == 0)
			return dim;
		strv_add(&known, dims[dim].name);
	}
	list = strv_join(&known, ", ");
	error_set(err, ERR_FORMAT, "there is no machine dimension '%s'", name);
	return error_hint(err, "choose one of: %s", list);
}

int model_value_from_name(enum model_dim dim, const char *name, struct error *err)
{
	struct strv known CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;

	for (unsigned int value = 0; model_value_name(dim, value); value++) {
		if (strcmp(model_value_name(dim, value), name) == 0)
			return (int)value;
		strv_add(&known, model_value_name(dim, value));
	}
	list = strv_join(&known, ", ");
	error_set(err, ERR_FORMAT, "there is no %s '%s'", model_dim_name(dim), name);
	return error_hint(err, "choose one of: %s", list);
}

char *model_list(const struct machine_model *m, enum model_dim dim)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	for (unsigned int value = 0; model_value_name(dim, value); value++)
		if (model_has(m, dim, value))
			strv_add(&names, model_value_name(dim, value));
	return names.n ? strv_join(&names, ", ") : xstrdup("nothing");
}

const struct machine_model *model_shape(const struct machine_model *offers, const int device[N_DIMS],
					size_t *ret_missing)
{
	const struct machine_model *best = offers;

	*ret_missing = N_DIMS + 1;
	for (const struct machine_model *shape = offers; shape; shape = shape->otherwise) {
		size_t missing = 0;

		for (int dim = 0; dim < N_DIMS; dim++)
			missing += !model_has(shape, dim, (unsigned int)device[dim]);
		if (missing >= *ret_missing)
			continue;
		*ret_missing = missing;
		best = shape;
	}
	return best;
}

void model_to_xml(const struct machine_model *m, struct xml_out *x)
{
	xml_open(x, "model");
	for (int dim = 0; dim < N_DIMS; dim++)
		for (unsigned int value = 0; model_value_name(dim, value); value++)
			if (model_has(m, dim, value))
				xml_element(x, model_dim_name(dim), model_value_name(dim, value));
	xml_close(x);
}

int model_from_xml(struct machine_model *ret, const xmlNode *model, struct error *err)
{
	struct machine_model m = { 0 };

	for (int dim = 0; dim < N_DIMS; dim++) {
		XML_EACH(node, model, model_dim_name(dim)) {
			CLEANUP_FREE char *name = xml_text(node);
			int value = model_value_from_name(dim, name, err);

			if (value < 0)
				return -1;
			model_add(&m, dim, (unsigned int)value);
		}
	}
	*ret = m;
	return 0;
}

int wishes_add(struct wishes *w, const char *text, struct error *err)
{
	const char *equals = strchr(text, '=');
	CLEANUP_FREE char *name = NULL;
	int dim, value;

	if (!equals) {
		error_set(err, ERR_USAGE, "'%s' is not of the form DIMENSION=VALUE", text);
		return error_hint(err, "write for example disk=ahci");
	}
	name = xstrndup(text, (size_t)(equals - text));
	dim = model_dim_from_name(name, err);
	if (dim < 0)
		return -1;
	value = model_value_from_name(dim, equals + 1, err);
	if (value < 0)
		return -1;
	w->value[dim] = value;
	return 0;
}

static bool is_virtio(int dim, unsigned int value)
{
	return (dim == DIM_DISK && (value == DISK_VIRTIO_BLK || value == DISK_VIRTIO_SCSI)) ||
	       (dim == DIM_NIC && value == NIC_VIRTIO) ||
	       (dim == DIM_DISPLAY && value == DISPLAY_VIRTIO_GPU);
}

/* 0: this value cannot be used; otherwise what it costs in all. */
static unsigned int cost_of(const struct machine_model *offers,
			    const struct machine_model *can_drive,
			    const struct machine_model *can_add, int dim, unsigned int value)
{
	unsigned int guest = can_drive->cost[dim][value];

	if (offers->ports && is_virtio(dim, value) && can_drive->virtio0)
		return 0;
	if (!guest && can_add)
		guest = can_add->cost[dim][value];
	if (!guest || !offers->cost[dim][value])
		return 0;
	return guest + offers->cost[dim][value];
}

static void choose(const struct machine_model *offers, const struct machine_model *can_drive,
		   const struct machine_model *can_add, int wish, int dim, struct negotiation *n)
{
	unsigned int best = 0;

	n->value[dim] = -1;
	for (unsigned int value = 0; value < MODEL_VALUES; value++) {
		unsigned int cost = cost_of(offers, can_drive, can_add, dim, value);
		bool added = !model_has(can_drive, dim, value);

		if (!cost || (wish != WISH_NONE && wish != (int)value))
			continue;
		if (best && (cost > best || (cost == best && (added || !n->added[dim]))))
			continue;
		best = cost;
		n->value[dim] = (int)value;
		n->added[dim] = added;
	}
	n->missing[dim] = best == 0;
	n->agreed = n->agreed && best;
	n->cost += best;
}

static void negotiate_shape(const struct machine_model *shape, const struct machine_model *can_drive,
			    const struct machine_model *can_add, const struct wishes *wishes,
			    struct negotiation *ret)
{
	*ret = (struct negotiation){ .agreed = true, .ports = shape->ports };
	for (int dim = 0; dim < N_DIMS; dim++)
		choose(shape, can_drive, can_add, wishes ? wishes->value[dim] : WISH_NONE, dim, ret);
}

static size_t count_missing(const struct negotiation *n)
{
	size_t count = 0;

	for (int dim = 0; dim < N_DIMS; dim++)
		count += n->missing[dim];
	return count;
}

static bool is_better(const struct negotiation *a, const struct negotiation *b)
{
	if (!a->agreed && !b->agreed)
		return count_missing(a) < count_missing(b);
	return a->agreed && (!b->agreed || a->cost < b->cost);
}

bool negotiate(const struct machine_model *offers, const struct machine_model *can_drive,
	       const struct machine_model *can_add, const struct wishes *wishes,
	       struct negotiation *ret)
{
	negotiate_shape(offers, can_drive, can_add, wishes, ret);
	for (const struct machine_model *shape = offers->otherwise; shape; shape = shape->otherwise) {
		struct negotiation other;

		negotiate_shape(shape, can_drive, can_add, wishes, &other);
		if (is_better(&other, ret))
			*ret = other;
	}
	return ret->agreed;
}

/* Every value that some shape has. */
static struct machine_model all_shapes(const struct machine_model *offers)
{
	struct machine_model all = *offers;

	for (const struct machine_model *shape = offers->otherwise; shape; shape = shape->otherwise)
		for (int dim = 0; dim < N_DIMS; dim++)
			for (int value = 0; value < MODEL_VALUES; value++)
				if (!all.cost[dim][value])
					all.cost[dim][value] = shape->cost[dim][value];
	return all;
}

/* ", and can be taught ide"; "" if it can be taught nothing more in this dimension */
static char *taught(const struct machine_model *can_drive, const struct machine_model *can_add, int dim)
{
	struct machine_model more = { 0 };
	CLEANUP_FREE char *list = NULL;
	bool any = false;

	for (unsigned int value = 0; can_add && model_value_name(dim, value); value++)
		if (model_has(can_add, dim, value) && !model_has(can_drive, dim, value)) {
			model_add(&more, dim, value);
			any = true;
		}
	list = model_list(&more, dim);
	return any ? xasprintf(", and can be taught %s", list) : xstrdup("");
}

int negotiation_error(const struct negotiation *n, const char *target,
		      const struct machine_model *offers, const struct machine_model *can_drive,
		      const struct machine_model *can_add, struct error *err)
{
	struct machine_model all = all_shapes(offers);
	int dim = 0;
	CLEANUP_FREE char *offered = NULL, *driven = NULL, *more = NULL;

	while (dim < N_DIMS - 1 && !n->missing[dim])
		dim++;
	offered = model_list(&all, dim);
	driven = model_list(can_drive, dim);
	more = taught(can_drive, can_add, dim);
	return error_set(err, ERR_UNSUPPORTED,
			 "target '%s' and this guest have no %s in common: it offers %s, the guest "
			 "drives %s%s",
			 target, model_dim_name(dim), offered, driven, more);
}
