// SPDX-License-Identifier: GPL-2.0-or-later
/* Target acrn: a guest as arguments of acrn-dm, each device in the slot where it was validated. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/kernel_disk.h"
#include "lib/old_port.h"
#include "lib/qemu_machine.h"
#include "lib/target/acrn.h"
#include "lib/target/acrn_argv.h"

char *acrn_raw_name(const struct guest *g, size_t i)
{
	(void)g;
	return xasprintf("disk%zu.raw", i);
}

/* At most 15 characters for the kernel, and another one for each machine. */
char *acrn_tap(const struct acrn_vm *vm, size_t i)
{
	return xasprintf("rh%u-%zu", vm->id, i);
}

static void add_cpus(const struct acrn_vm *vm, struct strv *ret)
{
	struct strv list CLEANUP_STRV = STRV_INIT;

	for (size_t i = 0; i < vm->n_cpus; i++)
		strv_addf(&list, "%" PRId64, vm->apic[i]);
	strv_add(ret, "--cpu_affinity");
	strv_take(ret, strv_join(&list, ","));
}

static void add_start(const struct guest *g, struct strv *ret)
{
	if (g->device[DIM_FIRMWARE] == FIRMWARE_UEFI) {
		/* without "w,": variables do not stay, which is how the guest was validated */
		strv_add_many(ret, "--ovmf", ACRN_OVMF, NULL);
		return;
	}
	strv_add_many(ret, "-k", KERNEL_FILE, "-r", INITRAMFS_FILE, "-B", g->cmdline ? g->cmdline : "",
		      NULL);
}

static void add_slot(struct strv *ret, unsigned int slot, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void add_slot(struct strv *ret, unsigned int slot, const char *fmt, ...)
{
	CLEANUP_FREE char *device = NULL;
	va_list ap;

	va_start(ap, fmt);
	device = xvasprintf(fmt, ap);
	va_end(ap);
	strv_add(ret, "-s");
	strv_addf(ret, "%u,%s", slot, device);
}

static void add_disks(const struct guest *g, struct strv *ret)
{
	struct strv disks CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;

	for (size_t i = 0; i < g->n_disks; i++) {
		CLEANUP_FREE char *raw = acrn_raw_name(g, i);

		if (g->device[DIM_DISK] == DISK_AHCI)
			strv_addf(&disks, "hd:%s", raw);
		else
			add_slot(ret, QEMU_SLOT_DISK + (unsigned int)i, "virtio-blk,%s", raw);
	}
	list = strv_join(&disks, ",");
	if (disks.n)
		add_slot(ret, QEMU_SLOT_DISK, "ahci,%s", list);
}

static void add_nics(const struct acrn_vm *vm, struct strv *ret)
{
	const struct guest *g = &vm->p->guest;

	for (size_t i = 0; g->device[DIM_NIC] == NIC_VIRTIO && i < g->n_nics; i++) {
		CLEANUP_FREE char *tap = acrn_tap(vm, i);

		add_slot(ret, QEMU_SLOT_NIC + (unsigned int)i, "virtio-net,tap=%s,mac=%s", tap,
			 g->nics[i].mac);
	}
}

/* Which of the four ports of a PC it was; they are at fixed addresses on ACRN. */
static unsigned int com_of(const struct guest *g, size_t i)
{
	unsigned int com = old_port_com(g->serials[i].port);

	return com ? com : (unsigned int)i + 1;
}

static const char *host_port(const struct partition *p, const char *old)
{
	for (size_t i = 0; i < p->n_devices; i++)
		if (acrn_is_kind(&p->devices[i], "serial") && old && strcmp(p->devices[i].role, old) == 0)
			return p->devices[i].host;
	return NULL;
}

/* The first port is the console unless a cable is in it; the others are there if a cable is. */
static void add_serials(const struct acrn_vm *vm, struct strv *ret)
{
	const struct guest *g = &vm->p->guest;
	bool console = false;

	if (g->device[DIM_SERIAL] != SERIAL_16550A)
		return;
	for (size_t i = 0; i < g->n_serials; i++) {
		const char *host = host_port(vm->p, g->serials[i].old);
		unsigned int com = com_of(g, i);

		console |= com == 1;
		if (!host && com != 1)
			continue;
		strv_add(ret, "-l");
		strv_addf(ret, "com%u,%s", com, host ? host : "stdio");
	}
	if (!console)
		strv_add_many(ret, "-l", "com1,stdio", NULL);
}

/* Links stand in the plan in one order; ACRN numbers the wires of each machine from 1. */
static void add_links(const struct acrn_layout *l, const struct acrn_vm *vm, struct strv *ret)
{
	uint64_t region = 0, wire = 0;

	for (size_t i = 0; i < l->plan->n_links; i++) {
		const struct plan_link *link = &l->plan->links[i];
		bool memory = strcmp(link->kind, "memory") == 0;

		for (size_t k = 0; k < link->n_ends; k++) {
			struct acrn_end e = acrn_link_end(l, i, k);
			CLEANUP_FREE char *name = xstrdup(link->name);

			if (e.vm != vm)
				continue;
			for (char *p = name; *p; p++)
				if (*p == '-' || *p == '.')
					*p = '_';
			wire += !memory;
			if (memory)
				add_slot(ret, e.slot, "ivshmem,hv:/%s,%" PRIu64 ",%" PRIu64, name,
					 link->size >> 20, region);
			else if (strcmp(link->kind, "pci-uart") == 0)
				add_slot(ret, e.slot, "uart,vuart_idx:%" PRIu64, wire);
		}
		region += memory;
	}
}

/* A USB controller that Windows has put to sleep does not wake up otherwise: ACRN's own scripts have it. */
static const char *passthru_options(const struct acrn_vm *vm, const struct machine_pci *f)
{
	enum { CLASS_XHCI = 0x0c0330 };
	const char *family = vm->p->guest.family;

	return f && f->class == CLASS_XHCI && family && strcmp(family, "windows") == 0 ? ",d3hot_reset"
										       : "";
}

static void add_host_devices(const struct acrn_layout *l, const struct acrn_vm *vm, struct strv *ret)
{
	struct strv usb CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *ports = NULL;
	unsigned int slot = QEMU_SLOT_HOST;

	for (size_t i = 0; i < vm->p->n_devices; i++) {
		const struct partition_device *d = &vm->p->devices[i];
		const struct machine_pci *f = acrn_pci(&l->plan->host, d->host);

		if (acrn_is_kind(d, "usb"))
			strv_add(&usb, d->host);
		if (!acrn_is_kind(d, "pci"))
			continue;
		/* 0000:03:00.0; check() has looked at it */
		add_slot(ret, acrn_is_graphics(f) ? QEMU_SLOT_DISPLAY : slot++, "passthru,%lx/%lx/%lx%s",
			 strtoul(d->host + 5, NULL, 16), strtoul(d->host + 8, NULL, 16),
			 strtoul(d->host + 11, NULL, 16), passthru_options(vm, f));
	}
	ports = strv_join(&usb, ",");
	if (usb.n)
		add_slot(ret, QEMU_SLOT_USB, "xhci,%s", ports);
}

int acrn_argv(const struct acrn_layout *l, const struct acrn_vm *vm, struct strv *ret,
	      struct error *err)
{
	const struct guest *g = &vm->p->guest;
	struct strv args CLEANUP_STRV = STRV_INIT;

	add_cpus(vm, &args);
	strv_add(&args, "-m");
	strv_addf(&args, "%" PRIu64 "M", vm->p->memory >> 20);
	add_start(g, &args);
	if (g->oracle)
		strv_add(&args, "--windows");
	if (!vm->rt) {
		strv_add_many(&args, "-s", "1:0,lpc", NULL);
		add_serials(vm, &args);
	}
	strv_add_many(&args, "-s", "0:0,hostbridge", NULL);
	if (g->device[DIM_DISPLAY] == DISPLAY_VIRTIO_GPU)
		add_slot(&args, QEMU_SLOT_DISPLAY, "virtio-gpu,geometry=fullscreen:0");
	add_links(l, vm, &args);
	add_nics(vm, &args);
	add_disks(g, &args);
	add_host_devices(l, vm, &args);
	if (vm->rt)
		strv_add_many(&args, "--rtvm", "--lapic_pt", NULL);
	strv_add(&args, vm->name);
	if (acrn_argv_check(&args, err) < 0)
		return error_wrap(err, "guest '%s'", g->name);
	strv_clear(ret);
	*ret = args;
	args = (struct strv)STRV_INIT;
	return 0;
}
