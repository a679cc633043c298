// SPDX-License-Identifier: GPL-2.0-or-later
/* The ports of a guest, and the devices of the host that it gets, as QEMU arguments. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/agent.h"
#include "lib/base/alloc.h"
#include "lib/qemu_builder.h"

/* Where port @i of the guest ends: a port of the host, our console (the first one), nowhere. */
static void add_port_backend(struct qemu_builder *b, size_t i, const char *old)
{
	const struct partition_device *host = partition_device_of(b->p, "serial", old);

	strv_add(b->args, "-chardev");
	if (host && b->run == QEMU_RUN_SERVICE) {
		CLEANUP_FREE char *path = qemu_escape(host->host);

		/* what goes out there is the guest's sign of life all the same */
		strv_addf(b->args, "serial,id=serial%zu,path=%s%s", i, path,
			  i == 0 ? ",logfile=" QEMU_SERIAL_COPY ",logappend=on" : "");
	} else if (i > 0) {
		strv_addf(b->args, "null,id=serial%zu", i);
	} else if (b->run == QEMU_RUN_TRIAL) {
		strv_add(b->args, "file,id=serial0,path=" QEMU_SERIAL_FILE);
	} else {
		strv_add(b->args,
			 "socket,id=serial0,path=" QEMU_SERIAL_SOCKET ",server=on,wait=off");
	}
}

/* The board has one port of its own; more are cards. */
static void add_arm_serial(struct qemu_builder *b, size_t i)
{
	if (i == 0)
		strv_add_many(b->args, "-serial", "chardev:serial0", NULL);
	else
		qemu_device(b, "pci-serial,chardev=serial%zu,bus=%s,addr=0x%zx", i, b->bus, QEMU_SLOT_HOST + i);
}

static int add_serials(struct qemu_builder *b)
{
	const int wanted = guest_is_arm(b->g) ? SERIAL_PL011 : SERIAL_16550A;
	static const struct guest_serial first = { NULL, 0x3f8, 4 };
	size_t n = MAX(b->g->n_serials, (size_t)1);

	if (b->g->device[DIM_SERIAL] == SERIAL_NONE)
		return 0;
	if (b->g->device[DIM_SERIAL] != wanted)
		return qemu_refuse(b, DIM_SERIAL);
	if (n > QEMU_MAX_SERIALS)
		return qemu_refuse_number(b, "serial ports", n, QEMU_MAX_SERIALS);
	for (size_t i = 0; i < n; i++) {
		const struct guest_serial *s = b->g->n_serials ? &b->g->serials[i] : &first;

		add_port_backend(b, i, s->old);
		if (guest_is_arm(b->g)) {
			add_arm_serial(b, i);
			continue;
		}
		/* index stands for the usual address; an unusual one of the old PC is kept */
		if (s->port && s->port <= 0xfff8 && s->irq && s->irq < 16)
			qemu_device(b, "isa-serial,chardev=serial%zu,iobase=0x%" PRIx64 ",irq=%" PRIu64,
				   i, s->port, s->irq);
		else
			qemu_device(b, "isa-serial,chardev=serial%zu,index=%zu", i, i);
	}
	return 0;
}

static int add_host_pci(struct qemu_builder *b)
{
	size_t n = 0;

	if (b->run == QEMU_RUN_TRIAL)
		return 0;
	for (size_t i = 0; b->p && i < b->p->n_devices; i++) {
		CLEANUP_FREE char *bdf = NULL;

		if (strcmp(b->p->devices[i].kind, "pci") != 0)
			continue;
		if (n == QEMU_MAX_PCI)
			return qemu_refuse_number(b, "PCI devices of the host", n + 1, n);
		bdf = qemu_escape(b->p->devices[i].host);
		qemu_device(b, "vfio-pci,host=%s,bus=%s,addr=0x%zx", bdf, b->bus, QEMU_SLOT_HOST + n++);
	}
	return 0;
}

static int add_parallels(struct qemu_builder *b)
{
	size_t n = 0;

	/* ports that the guest itself asks for, at its addresses: lib/qemu_legacy.c */
	if (b->g->n_parallels)
		return 0;
	for (size_t i = 0; b->p && b->run == QEMU_RUN_SERVICE && i < b->p->n_devices; i++) {
		CLEANUP_FREE char *path = NULL;

		if (strcmp(b->p->devices[i].kind, "parallel") != 0)
			continue;
		if (n == QEMU_MAX_PARALLELS)
			return qemu_refuse_number(b, "parallel ports", n + 1, n);
		path = qemu_escape(b->p->devices[i].host);
		strv_add(b->args, "-chardev");
		strv_addf(b->args, "parallel,id=parallel%zu,path=%s", n, path);
		qemu_device(b, "isa-parallel,chardev=parallel%zu,index=%zu", n, n);
		n++;
	}
	return 0;
}

/* By the socket that it is plugged into, as 1-1.4: what replaces a broken device goes there, too. */
static int add_host_usb(struct qemu_builder *b)
{
	size_t n = 0;

	for (size_t i = 0; b->p && b->run == QEMU_RUN_SERVICE && i < b->p->n_devices; i++) {
		const struct partition_device *d = &b->p->devices[i];
		unsigned int bus = 0;
		int port = 0;

		if (strcmp(d->kind, "usb") != 0)
			continue;
		if (sscanf(d->host, "%3u-%n", &bus, &port) != 1 || !port ||
		    d->host[port + (int)strspn(d->host + port, "0123456789.")])
			return error_set(b->err, ERR_UNSUPPORTED, "'%s' is not the place of a USB "
					 "device, like 1-1.4", d->host);
		if (n == QEMU_MAX_USB)
			return qemu_refuse_number(b, "USB devices of the host", n + 1, n);
		/* beside the controller of the guest's own, whose sockets are taken */
		if (n == 0)
			qemu_device(b, "piix3-usb-uhci,id=hostusb,bus=%s,addr=0x%x", b->bus,
				    QEMU_SLOT_USB2);
		qemu_device(b, "usb-host,bus=hostusb.0,port=%zu,hostbus=%u,hostport=%s", ++n, bus,
			    d->host + port);
	}
	return 0;
}

/* Only where it is how the guest shows its life: others see no device that their old PC had not. */
static void add_agent(struct qemu_builder *b)
{
	CLEANUP_FREE char *slot = NULL;

	if (b->g->life.kind != LIFE_AGENT)
		return;
	slot = qemu_slot(b, QEMU_SLOT_AGENT);
	qemu_device(b, "virtio-serial-pci,id=agentbus,%s", slot);
	strv_add(b->args, "-chardev");
	strv_add(b->args, "socket,id=agent0,path=" QEMU_AGENT_SOCKET ",server=on,wait=off");
	qemu_device(b, "virtserialport,bus=agentbus.0,chardev=agent0,name=" AGENT_PORT);
}

int qemu_add_ports(struct qemu_builder *b)
{
	add_agent(b);
	return add_serials(b) < 0 || add_parallels(b) < 0 || add_host_usb(b) < 0 ||
			       add_host_pci(b) < 0 ? -1 : 0;
}
