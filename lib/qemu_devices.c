// SPDX-License-Identifier: GPL-2.0-or-later
/* The devices of a guest as QEMU arguments, each at an address that never changes. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/qemu_builder.h"
#include "lib/qemu_legacy.h"

void qemu_device(struct qemu_builder *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strv_add(b->args, "-device");
	strv_take(b->args, xvasprintf(fmt, ap));
	va_end(ap);
}

char *qemu_slot(struct qemu_builder *b, unsigned int slot)
{
	if (!b->g->ports)
		return xasprintf("bus=%s,addr=0x%x", b->bus, slot);
	qemu_device(b, "pcie-root-port,id=port%u,bus=%s,addr=0x%x,chassis=%u", slot, b->bus, slot, slot);
	return xasprintf("bus=port%u,addr=0x0", slot);
}

int qemu_refuse(struct qemu_builder *b, enum model_dim dim)
{
	return error_set(b->err, ERR_UNSUPPORTED, "QEMU has no %s '%s'", model_dim_name(dim),
			 model_value_name(dim, (unsigned int)b->g->device[dim]));
}

int qemu_refuse_number(struct qemu_builder *b, const char *what, size_t n, size_t max)
{
	return error_set(b->err, ERR_UNSUPPORTED, "%zu %s are more than the %zu that fit", n, what,
			 max);
}

static int add_display(struct qemu_builder *b)
{
	static const char *const devices[] = {
		[DISPLAY_VGA] = "VGA",
		[DISPLAY_CIRRUS] = "cirrus-vga",
		[DISPLAY_VIRTIO_GPU] = "virtio-vga",
	};
	unsigned int display = (unsigned int)b->g->device[DIM_DISPLAY];

	if (display == DISPLAY_NONE)
		return 0;
	/* such machines show their guests a virtio card, which is a VGA card as well */
	if (b->g->ports && display == DISPLAY_VGA)
		display = DISPLAY_VIRTIO_GPU;
	if (guest_is_arm(b->g) && display == DISPLAY_VIRTIO_GPU) {
		qemu_device(b, "virtio-gpu-pci,id=display0,bus=%s,addr=0x%x", b->bus, QEMU_SLOT_DISPLAY);
		return 0;
	}
	if (display >= ARRAY_SIZE(devices) || !devices[display])
		return qemu_refuse(b, DIM_DISPLAY);
	qemu_device(b, "%s,id=display0,bus=%s,addr=0x%x", devices[display], b->bus, QEMU_SLOT_DISPLAY);
	return 0;
}

/* Keyboard and mouse on PS/2 are part of the chipset. */
static int add_input(struct qemu_builder *b)
{
	if (b->g->device[DIM_INPUT] != INPUT_USB)
		return 0;
	qemu_device(b, "%s,id=usb,bus=%s,addr=0x%x", b->g->ports ? "qemu-xhci" : "piix3-usb-uhci",
		   b->bus, QEMU_SLOT_USB);
	qemu_device(b, "%s,id=mouse0,bus=usb.0,port=1", guest_is_arm(b->g) ? "usb-mouse" : "usb-tablet");
	qemu_device(b, "usb-kbd,id=keyboard0,bus=usb.0,port=2");
	return 0;
}

static void add_drive(struct qemu_builder *b, size_t i)
{
	const struct guest_disk *d = &b->g->disks[i];
	CLEANUP_FREE char *file = qemu_escape(d->file);

	strv_add(b->args, "-drive");
	strv_addf(b->args, "file=%s,format=%s,if=none,id=disk%zu,cache=%s,discard=unmap", file,
		  d->format, i, b->run == QEMU_RUN_TRIAL ? "unsafe" : "writeback");
}

/* ",serial=…" as the old drive had it, or nothing. */
static char *serial_of(const struct guest_disk *d)
{
	CLEANUP_FREE char *text = d->serial ? xstrndup(d->serial, QEMU_DISK_SERIAL_MAX) : NULL;
	CLEANUP_FREE char *safe = text && *text ? qemu_escape(text) : NULL;

	return safe ? xasprintf(",serial=%s", safe) : xstrdup("");
}

/* The chipset's own controller, or one for each disk behind its port. */
static void attach_ahci(struct qemu_builder *b, size_t i, const char *tail)
{
	CLEANUP_FREE char *slot = NULL;

	if (!b->g->ports) {
		qemu_device(b, "ide-hd,bus=ide.%zu,unit=0,%s", i, tail);
		return;
	}
	slot = qemu_slot(b, QEMU_SLOT_DISK + (unsigned int)i);
	qemu_device(b, "ahci,id=ahci%zu,%s", i, slot);
	qemu_device(b, "ide-hd,bus=ahci%zu.0,unit=0,%s", i, tail);
}

static void attach_disk(struct qemu_builder *b, size_t i)
{
	CLEANUP_FREE char *slot = NULL;
	CLEANUP_FREE char *serial = serial_of(&b->g->disks[i]);
	CLEANUP_FREE char *geometry = qemu_legacy_geometry(b->g, i);
	CLEANUP_FREE char *tail = xasprintf("drive=disk%zu,bootindex=%zu%s%s", i,
					     qemu_boot_index(b->g, i), serial, geometry);

	switch (b->g->device[DIM_DISK]) {
	case DISK_IDE:
		qemu_device(b, "ide-hd,bus=ide.%zu,unit=%zu,%s", i / 2, i % 2, tail);
		break;
	case DISK_AHCI:
		attach_ahci(b, i, tail);
		break;
	case DISK_VIRTIO_BLK:
		slot = qemu_slot(b, QEMU_SLOT_DISK + (unsigned int)i);
		qemu_device(b, "virtio-blk-pci,%s,%s", slot, tail);
		break;
	case DISK_NVME:
		/* The serial number is not optional there. */
		slot = qemu_slot(b, QEMU_SLOT_DISK + (unsigned int)i);
		qemu_device(b, "nvme,%s,%s%s", slot, tail,
			   *serial ? "" : ",serial=rehost");
		break;
	default:
		qemu_device(b, "scsi-hd,bus=scsi0.0,scsi-id=%zu,%s", i, tail);
	}
}

/* What carries the disks: how many fit, and its own device if the chipset has none. */
static const struct disk_carrier {
	size_t max;		/* 0: QEMU has no such thing */
	const char *controller;
} carriers[] = {
	[DISK_IDE] = { 4, NULL },
	[DISK_AHCI] = { 6, NULL },
	[DISK_VIRTIO_BLK] = { QEMU_MAX_DISKS, NULL },
	[DISK_NVME] = { QEMU_MAX_DISKS, NULL },
	[DISK_VIRTIO_SCSI] = { QEMU_MAX_DISKS, "virtio-scsi-pci" },
	[DISK_LSI53C895A] = { 7, "lsi53c895a" },
	[DISK_MEGASAS] = { QEMU_MAX_DISKS, "megasas" },
};

static int add_disks(struct qemu_builder *b)
{
	unsigned int bus = (unsigned int)b->g->device[DIM_DISK];
	const struct disk_carrier *carrier = bus < ARRAY_SIZE(carriers) ? &carriers[bus] : NULL;

	if (!carrier || !carrier->max)
		return qemu_refuse(b, DIM_DISK);
	if (b->g->n_disks > carrier->max)
		return qemu_refuse_number(b, "disks", b->g->n_disks, carrier->max);
	if (carrier->controller) {
		CLEANUP_FREE char *slot = qemu_slot(b, QEMU_SLOT_DISK);

		qemu_device(b, "%s,id=scsi0,%s", carrier->controller, slot);
	}
	for (size_t i = 0; i < b->g->n_disks; i++) {
		add_drive(b, i);
		attach_disk(b, i);
	}
	return 0;
}

int qemu_add_devices(const struct guest *g, const struct partition *p, enum qemu_run run,
		     struct strv *ret, struct error *err)
{
	struct qemu_builder b = {
		.g = g,
		.p = p,
		.run = run,
		.bus = qemu_wants_q35(g) || guest_is_arm(g) ? "pcie.0" : "pci.0",
		.args = ret,
		.err = err,
	};

	if (add_display(&b) < 0 || add_input(&b) < 0 || add_disks(&b) < 0 ||
	    qemu_add_nics(&b) < 0 || qemu_add_ports(&b) < 0)
		return -1;
	return qemu_add_legacy(g, p, run, b.bus, ret, err);
}
