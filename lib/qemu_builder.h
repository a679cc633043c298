/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_QEMU_BUILDER_H
#define REHOST_QEMU_BUILDER_H

/* What the parts of qemu_add_devices() share. Each adds arguments, or refuses and returns -1. */

#include "lib/qemu_devices.h"

struct qemu_builder {
	const struct guest *g;
	const struct partition *p;	/* or NULL */
	enum qemu_run run;
	const char *bus;		/* name of PCI bus 0 */
	struct strv *args;
	struct error *err;
};

/**
 * qemu_slot - "bus=pcie.0,addr=0x4", or behind a port at that slot where the guest has ports
 *
 * The port is added first. The caller frees it.
 */
char *qemu_slot(struct qemu_builder *b, unsigned int slot);

void qemu_device(struct qemu_builder *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** qemu_refuse - QEMU has not what was negotiated; returns -1 */
int qemu_refuse(struct qemu_builder *b, enum model_dim dim);

/** qemu_refuse_number - "9 disks are more than the 8 that fit"; returns -1 */
int qemu_refuse_number(struct qemu_builder *b, const char *what, size_t n, size_t max);

int qemu_add_nics(struct qemu_builder *b);
int qemu_add_ports(struct qemu_builder *b);	/* serial, parallel, USB, PCI of the host */

#endif
