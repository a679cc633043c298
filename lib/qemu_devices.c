// SPDX-License-Identifier: GPL-2.0-or-later
/* The devices of a guest as QEMU arguments, each at an address that never changes. */
#include "config.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/qemu_devices.h"

struct builder {
	const struct guest *g;
	const struct partition *p;	/* or NULL */
	enum qemu_run run;
	const char *bus;		/* name of PCI bus 0 */
	struct strv *args;
	struct error *err;
};

static void add_device(struct builder *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void add_device(struct builder *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strv_add(b->args, "-device");
	strv_take(b->args, xvasprintf(fmt, ap));
	va_end(ap);
}

static int refuse(struct builder *b, enum model_dim dim)
{
	return error_set(b->err, ERR_UNSUPPORTED, "QEMU has no %s '%s'", model_dim_name(dim),
			 model_value_name(dim, (unsigned int)b->g->device[dim]));
}

static int refuse_number(struct builder *b, const char *what, size_t n, size_t max)
{
	return error_set(b->err, ERR_UNSUPPORTED, "%zu %s are more than the %zu that fit", n, what,
			 max);
}

static int add_display(struct builder *b)
{
	static const char *const devices[] = {
		[DISPLAY_VGA] = "VGA",
		[DISPLAY_CIRRUS] = "cirrus-vga",
		[DISPLAY_VIRTIO_GPU] = "virtio-vga",
	};
	unsigned int display = (unsigned int)b->g->device[DIM_DISPLAY];

	if (display == DISPLAY_NONE)
		return 0;
	if (display >= ARRAY_SIZE(devices) || !devices[display])
		return refuse(b, DIM_DISPLAY);
	add_device(b, "%s,id=display0,bus=%s,addr=0x%x", devices[display], b->bus, QEMU_SLOT_DISPLAY);
	return 0;
}

/* Keyboard and mouse on PS/2 are part of the chipset. */
static int add_input(struct builder *b)
{
	if (b->g->device[DIM_INPUT] != INPUT_USB)
		return 0;
	add_device(b, "piix3-usb-uhci,id=usb,bus=%s,addr=0x%x", b->bus, QEMU_SLOT_USB);
	add_device(b, "usb-tablet,id=mouse0,bus=usb.0,port=1");
	add_device(b, "usb-kbd,id=keyboard0,bus=usb.0,port=2");
	return 0;
}

static void add_drive(struct builder *b, size_t i)
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

static void attach_disk(struct builder *b, size_t i)
{
	CLEANUP_FREE char *serial = serial_of(&b->g->disks[i]);
	CLEANUP_FREE char *tail =
		xasprintf("drive=disk%zu,bootindex=%zu%s", i, qemu_boot_index(b->g, i), serial);

	switch (b->g->device[DIM_DISK]) {
	case DISK_IDE:
		add_device(b, "ide-hd,bus=ide.%zu,unit=%zu,%s", i / 2, i % 2, tail);
		break;
	case DISK_AHCI:
		add_device(b, "ide-hd,bus=ide.%zu,unit=0,%s", i, tail);
		break;
	case DISK_VIRTIO_BLK:
		add_device(b, "virtio-blk-pci,bus=%s,addr=0x%zx,%s", b->bus, QEMU_SLOT_DISK + i, tail);
		break;
	case DISK_NVME:
		/* The serial number is not optional there. */
		add_device(b, "nvme,bus=%s,addr=0x%zx,%s%s", b->bus, QEMU_SLOT_DISK + i, tail,
			   *serial ? "" : ",serial=rehost");
		break;
	default:
		add_device(b, "scsi-hd,bus=scsi0.0,scsi-id=%zu,%s", i, tail);
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

static int add_disks(struct builder *b)
{
	unsigned int bus = (unsigned int)b->g->device[DIM_DISK];
	const struct disk_carrier *carrier = bus < ARRAY_SIZE(carriers) ? &carriers[bus] : NULL;

	if (!carrier || !carrier->max)
		return refuse(b, DIM_DISK);
	if (b->g->n_disks > carrier->max)
		return refuse_number(b, "disks", b->g->n_disks, carrier->max);
	if (carrier->controller)
		add_device(b, "%s,id=scsi0,bus=%s,addr=0x%x", carrier->controller, b->bus,
			   QEMU_SLOT_DISK);
	for (size_t i = 0; i < b->g->n_disks; i++) {
		add_drive(b, i);
		attach_disk(b, i);
	}
	return 0;
}

/*
 * QEMU's own network stack answers as the gateway that the guest knows, so that a guest with a
 * static address has a network without being told anything new. "" if the address is of no use.
 */
static char *net_of(const struct guest_nic *n)
{
	CLEANUP_FREE char *address = NULL;
	const char *slash = n->address ? strchr(n->address, '/') : NULL;
	struct in_addr own, gateway, net, dns;
	uint64_t prefix = 0;
	char text[2][INET_ADDRSTRLEN];

	/* Its stack takes addresses of its own in the network: it must not be too small. */
	if (!slash || !n->gateway || parse_u64(slash + 1, 8, 27, &prefix, NULL) < 0)
		return xstrdup("");
	address = xstrndup(n->address, (size_t)(slash - n->address));
	if (inet_pton(AF_INET, address, &own) != 1 || inet_pton(AF_INET, n->gateway, &gateway) != 1)
		return xstrdup("");
	net.s_addr = own.s_addr & htonl(UINT32_MAX << (32 - prefix));
	if ((gateway.s_addr & htonl(UINT32_MAX << (32 - prefix))) != net.s_addr ||
	    gateway.s_addr == own.s_addr || gateway.s_addr == net.s_addr)
		return xstrdup("");
	/* the third address as is usual there, or the next free one */
	for (uint32_t host = 3; host <= 5; host++) {
		dns.s_addr = htonl(ntohl(net.s_addr) + host);
		if (dns.s_addr != gateway.s_addr && dns.s_addr != own.s_addr)
			break;
	}
	inet_ntop(AF_INET, &net, text[0], sizeof(text[0]));
	inet_ntop(AF_INET, &dns, text[1], sizeof(text[1]));
	return xasprintf(",net=%s/%" PRIu64 ",host=%s,dns=%s", text[0], prefix, n->gateway, text[1]);
}

static const char *const nic_devices[] = {
	[NIC_VIRTIO] = "virtio-net-pci", [NIC_E1000] = "e1000",     [NIC_E1000E] = "e1000e",
	[NIC_RTL8139] = "rtl8139",	 [NIC_PCNET] = "pcnet",	    [NIC_NE2K_PCI] = "ne2k_pci",
	[NIC_TULIP] = "tulip",		 [NIC_I82557B] = "i82557b",
};

static int add_nics(struct builder *b)
{
	unsigned int model = (unsigned int)b->g->device[DIM_NIC];
	size_t max = model == NIC_NE2K_ISA ? 1 : QEMU_MAX_NICS;

	if (model == NIC_NONE)
		return 0;
	if (model != NIC_NE2K_ISA && (model >= ARRAY_SIZE(nic_devices) || !nic_devices[model]))
		return refuse(b, DIM_NIC);
	if (b->g->n_nics > max)
		return refuse_number(b, "network cards", b->g->n_nics, max);
	for (size_t i = 0; i < b->g->n_nics; i++) {
		CLEANUP_FREE char *net = net_of(&b->g->nics[i]);

		strv_add(b->args, "-netdev");
		strv_addf(b->args, "user,id=net%zu%s,ipv6=off,restrict=%s", i, net,
			  b->run == QEMU_RUN_TRIAL ? "on" : "off");
		if (model == NIC_NE2K_ISA)
			add_device(b, "ne2k_isa,netdev=net%zu,mac=%s,iobase=0x300,irq=9", i,
				   b->g->nics[i].mac);
		else	/* no boot ROM: a machine that fails to find its disk must say so */
			add_device(b, "%s,netdev=net%zu,mac=%s,bus=%s,addr=0x%zx,romfile=",
				   nic_devices[model], i, b->g->nics[i].mac, b->bus, QEMU_SLOT_NIC + i);
	}
	return 0;
}

static const struct partition_device *host_device(const struct builder *b, const char *kind,
						  const char *role)
{
	for (size_t i = 0; b->p && i < b->p->n_devices; i++)
		if (strcmp(b->p->devices[i].kind, kind) == 0 && role &&
		    strcmp(b->p->devices[i].role, role) == 0)
			return &b->p->devices[i];
	return NULL;
}

/* Where port @i of the guest ends: a port of the host, our console (the first one), nowhere. */
static void add_port_backend(struct builder *b, size_t i, const char *old)
{
	const struct partition_device *host = host_device(b, "serial", old);

	strv_add(b->args, "-chardev");
	if (host && b->run == QEMU_RUN_SERVICE) {
		CLEANUP_FREE char *path = qemu_escape(host->host);

		strv_addf(b->args, "serial,id=serial%zu,path=%s", i, path);
	} else if (i > 0) {
		strv_addf(b->args, "null,id=serial%zu", i);
	} else if (b->run == QEMU_RUN_TRIAL) {
		strv_add(b->args, "file,id=serial0,path=" QEMU_SERIAL_FILE);
	} else {
		strv_add(b->args,
			 "socket,id=serial0,path=" QEMU_SERIAL_SOCKET ",server=on,wait=off");
	}
}

static int add_serials(struct builder *b)
{
	static const struct guest_serial first = { NULL, 0x3f8, 4 };
	size_t n = MAX(b->g->n_serials, (size_t)1);

	if (b->g->device[DIM_SERIAL] == SERIAL_NONE)
		return 0;
	if (b->g->device[DIM_SERIAL] != SERIAL_16550A)
		return refuse(b, DIM_SERIAL);
	if (n > QEMU_MAX_SERIALS)
		return refuse_number(b, "serial ports", n, QEMU_MAX_SERIALS);
	for (size_t i = 0; i < n; i++) {
		const struct guest_serial *s = b->g->n_serials ? &b->g->serials[i] : &first;

		add_port_backend(b, i, s->old);
		/* index stands for the usual address; an unusual one of the old PC is kept */
		if (s->port && s->port <= 0xfff8 && s->irq && s->irq < 16)
			add_device(b, "isa-serial,chardev=serial%zu,iobase=0x%" PRIx64 ",irq=%" PRIu64,
				   i, s->port, s->irq);
		else
			add_device(b, "isa-serial,chardev=serial%zu,index=%zu", i, i);
	}
	return 0;
}

static int add_host_pci(struct builder *b)
{
	size_t n = 0;

	if (b->run == QEMU_RUN_TRIAL)
		return 0;
	for (size_t i = 0; b->p && i < b->p->n_devices; i++) {
		CLEANUP_FREE char *bdf = NULL;

		if (strcmp(b->p->devices[i].kind, "pci") != 0)
			continue;
		if (n == QEMU_MAX_PCI)
			return refuse_number(b, "PCI devices of the host", n + 1, n);
		bdf = qemu_escape(b->p->devices[i].host);
		add_device(b, "vfio-pci,host=%s,bus=%s,addr=0x%zx", bdf, b->bus, QEMU_SLOT_HOST + n++);
	}
	return 0;
}

int qemu_add_devices(const struct guest *g, const struct partition *p, enum qemu_run run,
		     struct strv *ret, struct error *err)
{
	struct builder b = {
		.g = g,
		.p = p,
		.run = run,
		.bus = qemu_wants_q35(g) ? "pcie.0" : "pci.0",
		.args = ret,
		.err = err,
	};

	if (add_display(&b) < 0 || add_input(&b) < 0 || add_disks(&b) < 0 || add_nics(&b) < 0 ||
	    add_serials(&b) < 0 || add_host_pci(&b) < 0)
		return -1;
	return 0;
}
