/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_MACHINE_MODEL_H
#define REHOST_MACHINE_MODEL_H

/*
 * What a virtual machine offers, what a guest can drive, what a converter can add: one type for
 * the three, and the negotiation between them.
 *
 * A model gives each value of each dimension a cost: 0 means "not there", 1 is the cheapest. For a
 * target the cost is what using the value costs the running guest (emulated IDE is slow), for a
 * guest it is 1 (it has the driver), for a converter what adding it costs and risks. As the
 * dimensions are independent, the cheapest sum is the cheapest value in each dimension.
 *
 *	struct negotiation n;
 *
 *	negotiate(target->offers, &inspection->can_drive, &can_add, &wishes, &n);
 *	if (!n.agreed)
 *		… n.missing names the dimensions …
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/xml.h"

enum model_dim {
	DIM_WORD,		/* of the processor: size of a PC's, or another kind */
	DIM_FIRMWARE,
	DIM_DISK,		/* disk bus                          */
	DIM_NIC,		/* network card                      */
	DIM_DISPLAY,
	DIM_INPUT,		/* keyboard and mouse                */
	DIM_SERIAL,		/* first serial port                 */
	DIM_CLOCK,		/* what the real-time clock holds    */
	N_DIMS,
};

enum { MODEL_VALUES = 16 };	/* values that one dimension can have */

enum word { WORD_32, WORD_64, WORD_ARM64 };	/* the first two: of a PC */
enum firmware { FIRMWARE_BIOS, FIRMWARE_UEFI, FIRMWARE_KERNEL };
enum disk_bus {
	DISK_IDE, DISK_AHCI, DISK_VIRTIO_BLK, DISK_VIRTIO_SCSI, DISK_NVME, DISK_LSI53C895A,
	DISK_BUSLOGIC, DISK_MEGASAS, DISK_USB, DISK_XEN,
};
enum nic_model {
	NIC_NONE, NIC_VIRTIO, NIC_E1000, NIC_E1000E, NIC_RTL8139, NIC_PCNET, NIC_NE2K_PCI,
	NIC_NE2K_ISA, NIC_TULIP, NIC_I82557B, NIC_XEN,
};
enum display { DISPLAY_NONE, DISPLAY_VGA, DISPLAY_CIRRUS, DISPLAY_VIRTIO_GPU };
enum input { INPUT_NONE, INPUT_PS2, INPUT_USB };
enum serial { SERIAL_NONE, SERIAL_16550A, SERIAL_VIRTIO, SERIAL_PL011 };
enum rtc { RTC_UTC, RTC_LOCALTIME };

struct machine_model {
	uint8_t cost[N_DIMS][MODEL_VALUES];	/* 0: not there, else 1 … 255 */
	/* a machine: every card is behind a port of PCI Express, where virtio is of version 1.0 only */
	bool ports;
	/* a guest: its virtio drivers are of version 0.9 only */
	bool virtio0;
	/* another shape of the machine, where not every value goes with every other; NULL: none */
	const struct machine_model *otherwise;
};

/** model_dim_name - "disk" for DIM_DISK */
const char *model_dim_name(enum model_dim dim);

/** model_value_name - "virtio-blk" for DIM_DISK, DISK_VIRTIO_BLK; NULL past the last value */
const char *model_value_name(enum model_dim dim, unsigned int value);

/** model_dim_from_name, model_value_from_name - the way back; -1 with ERR_FORMAT and the choices */
int model_dim_from_name(const char *name, struct error *err);
int model_value_from_name(enum model_dim dim, const char *name, struct error *err);

static inline bool model_has(const struct machine_model *m, enum model_dim dim, unsigned int value)
{
	return m->cost[dim][value] != 0;
}

static inline void model_add(struct machine_model *m, enum model_dim dim, unsigned int value)
{
	m->cost[dim][value] = 1;
}

/** model_list - "ide, ahci, virtio-blk", or "nothing"; the caller frees it */
char *model_list(const struct machine_model *m, enum model_dim dim);

/**
 * model_shape - the shape of a machine that has most of these devices
 * @offers:      a target
 * @device:      a value in each dimension
 * @ret_missing: how many of them it has not
 *
 * Return: @offers or one behind it; of several the first.
 */
const struct machine_model *model_shape(const struct machine_model *offers, const int device[N_DIMS],
					size_t *ret_missing);

/** model_to_xml, model_from_xml - <model><disk>ide</disk><disk>ahci</disk>…</model> */
void model_to_xml(const struct machine_model *m, struct xml_out *x);
int model_from_xml(struct machine_model *ret, const xmlNode *model, struct error *err);

enum { WISH_NONE = -1 };

/* What the operator asked for: a value, or WISH_NONE, for each dimension. */
struct wishes {
	int value[N_DIMS];
};

#define WISHES_INIT { { WISH_NONE, WISH_NONE, WISH_NONE, WISH_NONE, WISH_NONE, WISH_NONE,          \
			WISH_NONE, WISH_NONE } }

/** wishes_add - take "disk=ahci" from the command line */
int wishes_add(struct wishes *w, const char *text, struct error *err);

struct negotiation {
	bool agreed;			/* a value was found in every dimension      */
	bool missing[N_DIMS];		/* no value here                             */
	int value[N_DIMS];		/* the value chosen, -1 where missing        */
	bool added[N_DIMS];		/* the guest has to be taught it             */
	unsigned int cost;		/* of the whole answer                       */
	bool ports;			/* the machine has its cards behind ports    */
};

/**
 * negotiate - the cheapest set of additions after which guest and target meet
 * @offers:    the target; of its shapes, the cheapest on which both meet
 * @can_drive: the guest as it is
 * @can_add:   what a converter could teach it; NULL: nothing
 * @wishes:    values that must be used; NULL: none
 * @ret:       the answer, also when there is no agreement
 *
 * Ties go to a value that the guest has already, then to the lower number. Without agreement the answer is
 * that of the shape in which least is missing.
 *
 * Return: ret->agreed.
 */
bool negotiate(const struct machine_model *offers, const struct machine_model *can_drive,
	       const struct machine_model *can_add, const struct wishes *wishes,
	       struct negotiation *ret);

/**
 * negotiation_error - the refusal in words
 * @n:       an answer without agreement
 * @can_add: as for negotiate()
 *
 * Return: -1 always, with ERR_UNSUPPORTED naming the first missing dimension and both sides.
 */
int negotiation_error(const struct negotiation *n, const char *target,
		      const struct machine_model *offers, const struct machine_model *can_drive,
		      const struct machine_model *can_add, struct error *err);

#endif
