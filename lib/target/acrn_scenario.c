// SPDX-License-Identifier: GPL-2.0-or-later
/* Target acrn: scenario.xml, in the form that names only what differs from ACRN's defaults. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/target/acrn.h"

static void put_number(struct xml_out *x, const char *element, uint64_t number)
{
	CLEANUP_FREE char *text = xasprintf("%" PRIu64, number);

	xml_element(x, element, text);
}

static void put_hex(struct xml_out *x, const char *element, uint64_t number)
{
	CLEANUP_FREE char *text = xasprintf("0x%" PRIX64, number);

	xml_element(x, element, text);
}

static void put_slot(struct xml_out *x, const char *element, uint32_t slot)
{
	CLEANUP_FREE char *text = xasprintf("00:%02x.0", slot);

	xml_element(x, element, text);
}

/* The names that ACRN takes have no '-' and no '.' */
static char *region_name(const char *name)
{
	char *text = xstrdup(name);

	for (char *p = text; *p; p++)
		if (*p == '-' || *p == '.')
			*p = '_';
	return text;
}

static bool is_memory(const struct plan_link *link)
{
	return strcmp(link->kind, "memory") == 0;
}

static void put_region(const struct acrn_layout *l, size_t i, uint64_t id, struct xml_out *x)
{
	const struct plan_link *link = &l->plan->links[i];
	CLEANUP_FREE char *name = region_name(link->name);

	xml_open(x, "IVSHMEM_REGION");
	xml_element(x, "NAME", name);
	xml_element(x, "PROVIDED_BY", "Hypervisor");
	put_number(x, "IVSHMEM_SIZE", link->size >> 20);
	put_number(x, "IVSHMEM_REGION_ID", id);
	xml_open(x, "IVSHMEM_VMS");
	for (size_t k = 0; k < link->n_ends; k++) {
		struct acrn_end e = acrn_link_end(l, i, k);

		xml_open(x, "IVSHMEM_VM");
		xml_element(x, "VM_NAME", e.vm->name);
		put_slot(x, "VBDF", e.slot);
		xml_close(x);
	}
	xml_close(x);
	xml_close(x);
}

static void put_features(const struct acrn_layout *l, struct xml_out *x)
{
	bool memory = false;
	uint64_t id = 0;

	for (size_t i = 0; i < l->plan->n_links; i++)
		memory |= is_memory(&l->plan->links[i]);
	if (!memory && !acrn_wants_cache(l))
		return;
	xml_open(x, "FEATURES");
	if (acrn_wants_cache(l)) {
		xml_open(x, "RDT");
		xml_element(x, "RDT_ENABLED", "y");
		xml_close(x);
	}
	if (memory)
		xml_open(x, "IVSHMEM");
	for (size_t i = 0; i < l->plan->n_links; i++)
		if (is_memory(&l->plan->links[i]))
			put_region(l, i, id++, x);
	if (memory)
		xml_close(x);
	xml_close(x);
}

static void put_wire(const struct acrn_layout *l, size_t i, struct xml_out *x)
{
	const struct plan_link *link = &l->plan->links[i];
	bool pci = strcmp(link->kind, "pci-uart") == 0;

	xml_open(x, "vuart_connection");
	xml_element(x, "name", link->name);
	xml_element(x, "type", pci ? "pci" : "legacy");
	for (size_t k = 0; k < link->n_ends; k++) {
		struct acrn_end e = acrn_link_end(l, i, k);

		xml_open(x, "endpoint");
		xml_element(x, "vm_name", e.vm->name);
		if (pci)
			put_slot(x, "vbdf", e.slot);
		else
			put_hex(x, "io_port", e.port);
		xml_close(x);
	}
	xml_close(x);
}

static void put_wires(const struct acrn_layout *l, struct xml_out *x)
{
	bool open = false;

	for (size_t i = 0; i < l->plan->n_links; i++) {
		if (is_memory(&l->plan->links[i]))
			continue;
		if (!open)
			xml_open(x, "vuart_connections");
		open = true;
		put_wire(l, i, x);
	}
	if (open)
		xml_close(x);
}

static void put_hypervisor(const struct acrn_layout *l, struct xml_out *x)
{
	const char *console = l->plan->console;

	xml_open(x, "hv");
	xml_element(x, "BUILD_TYPE", console ? "debug" : "release");
	if (console) {
		CLEANUP_FREE char *path = xasprintf("/dev/%s", console);

		xml_open(x, "DEBUG_OPTIONS");
		xml_element(x, "SERIAL_CONSOLE", path);
		xml_close(x);
	}
	put_features(l, x);
	put_wires(l, x);
	acrn_put_cache(l, x);
	xml_close(x);
}

static void put_memory(const struct acrn_vm *vm, struct xml_out *x)
{
	xml_open(x, "memory");
	if (vm->order == ACRN_PRE_LAUNCHED && vm->p->memory_at) {
		xml_open(x, "hpa_region");
		put_hex(x, "start_hpa", vm->p->memory_at);
		put_number(x, "size_hpa", vm->p->memory >> 20);
		xml_close(x);
	} else {
		put_number(x, "size", vm->p->memory >> 20);
	}
	xml_close(x);
}

static void put_processors(const struct acrn_vm *vm, struct xml_out *x)
{
	xml_open(x, "cpu_affinity");
	for (size_t i = 0; i < vm->n_cpus; i++) {
		xml_open(x, "pcpu");
		put_number(x, "pcpu_id", vm->cpu[i]);
		if (vm->rt)
			xml_element(x, "real_time_vcpu", "y");
		xml_close(x);
	}
	xml_close(x);
}

/* "0000:03:00.0" without its domain, as ACRN writes it. */
static void put_pci(const struct acrn_vm *vm, struct xml_out *x)
{
	bool open = false;

	for (size_t i = 0; i < vm->p->n_devices; i++) {
		const struct partition_device *d = &vm->p->devices[i];

		if (!acrn_is_kind(d, "pci"))
			continue;
		if (!open)
			xml_open(x, "pci_devs");
		open = true;
		xml_element(x, "pci_dev", d->host + strlen("0000:"));
	}
	if (open)
		xml_close(x);
}

static void put_usb(const struct acrn_vm *vm, struct xml_out *x)
{
	bool open = false;

	for (size_t i = 0; i < vm->p->n_devices; i++) {
		if (!acrn_is_kind(&vm->p->devices[i], "usb"))
			continue;
		if (!open)
			xml_open(x, "usb_xhci");
		open = true;
		xml_element(x, "usb_dev", vm->p->devices[i].host);
	}
	if (open)
		xml_close(x);
}

static void put_virtio(const struct acrn_vm *vm, struct xml_out *x)
{
	const struct guest *g = &vm->p->guest;
	bool nics = g->device[DIM_NIC] == NIC_VIRTIO && g->n_nics;
	bool disks = g->device[DIM_DISK] == DISK_VIRTIO_BLK;

	if (!nics && !disks)
		return;
	xml_open(x, "virtio_devices");
	for (size_t i = 0; nics && i < g->n_nics; i++) {
		CLEANUP_FREE char *tap = acrn_tap(vm, i);

		xml_open(x, "network");
		xml_element(x, "interface_name", tap);
		xml_close(x);
	}
	for (size_t i = 0; disks && i < g->n_disks; i++) {
		CLEANUP_FREE char *raw = acrn_raw_name(g, i);
		CLEANUP_FREE char *path = xasprintf(ACRN_HOME "/%s/%s", vm->name, raw);

		xml_element(x, "block", path);
	}
	xml_close(x);
}

/* The names under which the boot loader hands kernel and initramfs over. */
static void put_kernel(const struct acrn_vm *vm, struct xml_out *x)
{
	const struct guest *g = &vm->p->guest;
	CLEANUP_FREE char *kernel = xasprintf("%s_kernel", vm->name);
	CLEANUP_FREE char *ramdisk = xasprintf("%s_initramfs", vm->name);

	xml_open(x, "os_config");
	xml_element(x, "kern_type", "KERNEL_BZIMAGE");
	xml_element(x, "kern_mod", kernel);
	xml_element(x, "ramdisk_mod", ramdisk);
	xml_element(x, "bootargs", g->cmdline ? g->cmdline : "");
	xml_close(x);
}

static void put_service(const struct acrn_layout *l, struct xml_out *x)
{
	CLEANUP_FREE char *bootargs = acrn_bootargs(&l->plan->host);

	if (!bootargs)
		return;
	xml_open(x, "os_config");
	xml_element(x, "bootargs", bootargs);
	xml_close(x);
}

static void put_vm(const struct acrn_layout *l, const struct acrn_vm *vm, struct xml_out *x)
{
	static const char *const orders[] = {
		[ACRN_PRE_LAUNCHED] = "PRE_LAUNCHED_VM",
		[ACRN_SERVICE] = "SERVICE_VM",
		[ACRN_POST_LAUNCHED] = "POST_LAUNCHED_VM",
	};

	xml_open(x, "vm");
	xml_attr(x, "id", "%u", vm->id);
	xml_element(x, "load_order", orders[vm->order]);
	xml_element(x, "name", vm->name);
	if (!vm->p) {
		put_service(l, x);
		xml_close(x);
		return;
	}
	if (vm->rt) {
		xml_element(x, "vm_type", "RTVM");
		xml_element(x, "lapic_passthrough", "y");
	}
	if (vm->p->class == CLASS_PINNED)
		xml_element(x, "own_pcpu", "y");
	put_memory(vm, x);
	put_processors(vm, x);
	put_pci(vm, x);
	if (vm->order == ACRN_PRE_LAUNCHED) {
		put_kernel(vm, x);
	} else {
		if (vm->p->guest.device[DIM_FIRMWARE] != FIRMWARE_UEFI)
			xml_element(x, "vbootloader", "n");
		put_usb(vm, x);
		put_virtio(vm, x);
	}
	xml_close(x);
}

int acrn_emit_scenario(const struct acrn_layout *l, struct fileset *ret, struct error *err)
{
	struct xml_out x CLEANUP_XML_OUT = XML_OUT_INIT;
	const char *text = NULL;
	size_t len = 0;

	xml_out_begin_foreign(&x, "acrn-config");
	put_hypervisor(l, &x);
	for (size_t i = 0; i < l->n_vms; i++)
		put_vm(l, &l->vms[i], &x);
	if (xml_out_finish(&x, &text, &len, err) < 0)
		return -1;
	fileset_add(ret, "scenario.xml", xmemdup(text, len), len, false);
	return 0;
}
