// SPDX-License-Identifier: GPL-2.0-or-later
/* The devices of a guest as elements of a libvirt domain. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/agent.h"
#include "lib/base/alloc.h"
#include "lib/qemu_machine.h"
#include "lib/target/libvirt_devices.h"
#include "lib/target/libvirt_legacy.h"
#include "lib/target/libvirt_network.h"

void libvirt_put(struct xml_out *x, const char *element, const char *attr, const char *value)
{
	xml_open(x, element);
	xml_attr(x, attr, "%s", value);
	xml_close(x);
}

/* On the bus and in the slot where QEMU alone has it, which is where it was validated. */
static void put_address(struct xml_out *x, unsigned int slot)
{
	xml_open(x, "address");
	xml_attr(x, "type", "pci");
	xml_attr(x, "domain", "0x0000");
	xml_attr(x, "bus", "0x00");
	xml_attr(x, "slot", "0x%02x", slot);
	xml_attr(x, "function", "0x0");
	xml_close(x);
}

/* Bus and name of disk @i as libvirt writes them; the guest does not see the name. */
static void put_target(const struct guest *g, size_t i, struct xml_out *x)
{
	static const char *const buses[][2] = {
		[DISK_IDE] = { "ide", "hd" },		   [DISK_AHCI] = { "sata", "sd" },
		[DISK_VIRTIO_BLK] = { "virtio", "vd" },	   [DISK_VIRTIO_SCSI] = { "scsi", "sd" },
		[DISK_LSI53C895A] = { "scsi", "sd" },	   [DISK_MEGASAS] = { "scsi", "sd" },
	};
	const char *const *bus = buses[g->device[DIM_DISK]];

	xml_open(x, "target");
	xml_attr(x, "dev", "%s%c", bus[1], (char)('a' + i));
	xml_attr(x, "bus", "%s", bus[0]);
	xml_close(x);
}

/* Disks are volumes of a pool, so that no path of a host is written down. */
static void put_disks(const struct guest *g, struct xml_out *x)
{
	for (size_t i = 0; i < g->n_disks; i++) {
		const struct guest_disk *d = &g->disks[i];

		xml_open(x, "disk");
		xml_attr(x, "type", "volume");
		xml_attr(x, "device", "disk");
		xml_open(x, "driver");
		xml_attr(x, "name", "qemu");
		xml_attr(x, "type", "%s", d->format);
		xml_attr(x, "cache", "writeback");
		xml_attr(x, "discard", "unmap");
		xml_close(x);
		xml_open(x, "source");
		xml_attr(x, "pool", "rehost-%s", g->name);
		xml_attr(x, "volume", "%s", d->file);
		xml_close(x);
		put_target(g, i, x);
		if (d->serial && *d->serial) {
			CLEANUP_FREE char *serial = xstrndup(d->serial, QEMU_DISK_SERIAL_MAX);

			xml_element(x, "serial", serial);
		}
		libvirt_legacy_geometry(g, i, x);
		xml_open(x, "boot");
		xml_attr(x, "order", "%zu", qemu_boot_index(g, i) + 1);
		xml_close(x);
		if (g->device[DIM_DISK] == DISK_VIRTIO_BLK)
			put_address(x, QEMU_SLOT_DISK + (unsigned int)i);
		xml_close(x);
	}
}

static void put_controllers(const struct guest *g, struct xml_out *x)
{
	static const char *const models[] = {
		[DISK_VIRTIO_SCSI] = "virtio-scsi",
		[DISK_LSI53C895A] = "lsilogic",
		[DISK_MEGASAS] = "lsisas1078",
	};
	unsigned int bus = (unsigned int)g->device[DIM_DISK];

	if (bus < ARRAY_SIZE(models) && models[bus]) {
		xml_open(x, "controller");
		xml_attr(x, "type", "scsi");
		xml_attr(x, "index", "0");
		xml_attr(x, "model", "%s", models[bus]);
		put_address(x, QEMU_SLOT_DISK);
		xml_close(x);
	}
	xml_open(x, "controller");
	xml_attr(x, "type", "usb");
	xml_attr(x, "index", "0");
	xml_attr(x, "model", "%s", g->device[DIM_INPUT] == INPUT_USB ? "piix3-uhci" : "none");
	if (g->device[DIM_INPUT] == INPUT_USB)
		put_address(x, QEMU_SLOT_USB);
	xml_close(x);
}

static void put_agent(const struct guest *g, struct xml_out *x)
{
	if (g->life.kind != LIFE_AGENT)
		return;
	xml_open(x, "controller");
	xml_attr(x, "type", "virtio-serial");
	xml_attr(x, "index", "0");
	put_address(x, QEMU_SLOT_AGENT);
	xml_close(x);
	xml_open(x, "channel");
	xml_attr(x, "type", "unix");
	xml_open(x, "target");
	xml_attr(x, "type", "virtio");
	xml_attr(x, "name", AGENT_PORT);
	xml_close(x);
	xml_close(x);
}

static void put_nics(const struct partition *p, struct xml_out *x)
{
	const struct guest *g = &p->guest;
	static const char *const models[] = {
		[NIC_VIRTIO] = "virtio",   [NIC_E1000] = "e1000",	[NIC_E1000E] = "e1000e",
		[NIC_RTL8139] = "rtl8139", [NIC_PCNET] = "pcnet",	[NIC_NE2K_PCI] = "ne2k_pci",
		[NIC_NE2K_ISA] = "ne2k_isa", [NIC_TULIP] = "tulip", [NIC_I82557B] = "i82557b",
	};

	for (size_t i = 0; g->device[DIM_NIC] != NIC_NONE && i < g->n_nics; i++) {
		xml_open(x, "interface");
		libvirt_put_interface_source(p, i, x);
		libvirt_put(x, "mac", "address", g->nics[i].mac);
		libvirt_put(x, "model", "type", models[g->device[DIM_NIC]]);
		if (g->device[DIM_NIC] != NIC_NE2K_ISA) {
			libvirt_put(x, "rom", "enabled", "no");
			put_address(x, QEMU_SLOT_NIC + (unsigned int)i);
		}
		xml_close(x);
	}
}

static void put_serials(const struct partition *p, struct xml_out *x)
{
	const struct guest *g = &p->guest;
	size_t n = MAX(g->n_serials, (size_t)1);

	for (size_t i = 0; g->device[DIM_SERIAL] == SERIAL_16550A && i < n; i++) {
		const struct partition_device *host =
			g->n_serials ? partition_device_of(p, "serial", g->serials[i].old) : NULL;

		xml_open(x, "serial");
		xml_attr(x, "type", "%s", host ? "dev" : i == 0 ? "pty" : "null");
		if (host)
			libvirt_put(x, "source", "path", host->host);
		xml_open(x, "target");
		xml_attr(x, "type", "isa-serial");
		xml_attr(x, "port", "%zu", i);
		xml_close(x);
		xml_close(x);
	}
}

/* @host: of the host, or NULL: without a cable programs still find the port */
static void put_parallel(size_t i, const char *host, struct xml_out *x)
{
	xml_open(x, "parallel");
	xml_attr(x, "type", "%s", host ? "dev" : "null");
	if (host)
		libvirt_put(x, "source", "path", host);
	xml_open(x, "target");
	xml_attr(x, "port", "%zu", i);
	xml_close(x);
	xml_close(x);
}

/* A guest that names its ports has each where it was; else the host's are given in their order. */
static void put_parallels(const struct partition *p, struct xml_out *x)
{
	const struct guest *g = &p->guest;
	size_t n = 0;

	for (size_t i = 0; i < g->n_parallels; i++) {
		const struct partition_device *host = partition_device_of(p, "parallel", g->parallels[i].old);

		put_parallel(i, host ? host->host : NULL, x);
	}
	for (size_t i = 0; !g->n_parallels && i < p->n_devices; i++)
		if (strcmp(p->devices[i].kind, "parallel") == 0)
			put_parallel(n++, p->devices[i].host, x);
}

/* 0000:03:00.0 in its parts; check() has looked at it. */
static void put_hostdev(const char *bdf, unsigned int slot, struct xml_out *x)
{
	xml_open(x, "hostdev");
	xml_attr(x, "mode", "subsystem");
	xml_attr(x, "type", "pci");
	xml_attr(x, "managed", "yes");
	xml_open(x, "source");
	xml_open(x, "address");
	xml_attr(x, "domain", "0x%.4s", bdf);
	xml_attr(x, "bus", "0x%.2s", bdf + 5);
	xml_attr(x, "slot", "0x%.2s", bdf + 8);
	xml_attr(x, "function", "0x%.1s", bdf + 11);
	xml_close(x);
	xml_close(x);
	put_address(x, slot);
	xml_close(x);
}

static void put_display(const struct guest *g, struct xml_out *x)
{
	static const char *const models[] = {
		[DISPLAY_NONE] = "none", [DISPLAY_VGA] = "vga", [DISPLAY_CIRRUS] = "cirrus",
		[DISPLAY_VIRTIO_GPU] = "virtio",
	};

	if (g->device[DIM_INPUT] == INPUT_USB) {
		for (int i = 0; i < 2; i++) {
			xml_open(x, "input");
			xml_attr(x, "type", i == 0 ? "tablet" : "keyboard");
			xml_attr(x, "bus", "usb");
			xml_close(x);
		}
	}
	xml_open(x, "video");
	libvirt_put(x, "model", "type", models[g->device[DIM_DISPLAY]]);
	if (g->device[DIM_DISPLAY] != DISPLAY_NONE)
		put_address(x, QEMU_SLOT_DISPLAY);
	xml_close(x);
	libvirt_put(x, "memballoon", "model", "none");
}

void libvirt_put_devices(const struct partition *p, struct xml_out *x)
{
	unsigned int slot = QEMU_SLOT_HOST;

	xml_open(x, "devices");
	put_disks(&p->guest, x);
	put_controllers(&p->guest, x);
	put_agent(&p->guest, x);
	put_nics(p, x);
	put_serials(p, x);
	put_parallels(p, x);
	libvirt_legacy_devices(&p->guest, x);
	for (size_t i = 0; i < p->n_devices; i++)
		if (strcmp(p->devices[i].kind, "pci") == 0)
			put_hostdev(p->devices[i].host, slot++, x);
	put_display(&p->guest, x);
	xml_close(x);
}
