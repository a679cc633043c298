// SPDX-License-Identifier: GPL-2.0-or-later
/* Target acrn: devices of the host that guests get, and links between guests. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/probe.h"
#include "lib/target/acrn.h"

enum {
	CLASS_BRIDGE = 0x06,	/* host bridges, ISA bridges, PCI bridges */
	PCI_MAX = 6,		/* slots 18 … 1d                          */
	COM_MAX = 4,
	REGION_NAME_MAX = 27,
};

static bool is_text(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* What of this function the Service VM itself needs, or NULL. */
static const char *needed_by_host(const struct machine *m, const char *bdf)
{
	for (size_t i = 0; i < m->n_disks; i++)
		if (is_text(m->disks[i].usage, "host") && is_text(m->disks[i].bdf, bdf))
			return m->disks[i].name;
	for (size_t i = 0; i < m->n_nics; i++)
		if (is_text(m->nics[i].usage, "host") && is_text(m->nics[i].bdf, bdf))
			return m->nics[i].name;
	for (size_t i = 0; i < m->n_serials; i++)
		if (is_text(m->serials[i].usage, "host") && is_text(m->serials[i].bdf, bdf))
			return m->serials[i].name;
	return NULL;
}

static bool given_to(const struct acrn_vm *vm, const char *bdf)
{
	for (size_t i = 0; i < vm->p->n_devices; i++)
		if (acrn_is_kind(&vm->p->devices[i], "pci") && is_text(vm->p->devices[i].host, bdf))
			return true;
	return false;
}

/* Another function that needs the same interrupt line and stays with somebody else. */
static const char *shares_line(const struct machine *m, const struct machine_pci *f,
			       const struct acrn_vm *vm)
{
	for (size_t i = 0; i < m->n_pci; i++) {
		const struct machine_pci *other = &m->pci[i];

		if (other != f && other->intx == f->intx && other->msi != TRI_YES &&
		    !given_to(vm, other->bdf))
			return other->bdf;
	}
	return NULL;
}

static void check_interrupt(const struct acrn_layout *l, const struct acrn_vm *vm,
			    const struct machine_pci *f, struct report *ret)
{
	const char *other;

	if (f->msi == TRI_YES)
		return;
	if (f->msi == TRI_UNKNOWN) {
		acrn_wrong(ret, FINDING_WARNING, vm->p->name, "make the profile as root on the host",
			   "pci_dev %s: whether it has MSI is not recorded in the profile", f->bdf);
		return;
	}
	if (f->intx < 0)
		return;
	if (vm->order == ACRN_PRE_LAUNCHED && vm->rt) {
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "give it a card with MSI",
			   "pci_dev %s has no MSI, and a machine with its own local APIC cannot have an "
			   "interrupt line", f->bdf);
		return;
	}
	other = shares_line(&l->plan->host, f, vm);
	if (other)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "put the card into another slot, or give "
			   "both to this guest",
			   "pci_dev %s has no MSI and shares interrupt line %" PRId64 " with %s", f->bdf,
			   f->intx, other);
}

static void check_group(const struct acrn_layout *l, const struct acrn_vm *vm,
			const struct machine_pci *f, struct report *ret)
{
	const struct machine *m = &l->plan->host;

	for (size_t i = 0; i < m->n_pci && f->group >= 0; i++) {
		const struct machine_pci *other = &m->pci[i];
		const char *user;

		if (other == f || other->group != f->group || other->class >> 16 == CLASS_BRIDGE ||
		    given_to(vm, other->bdf))
			continue;
		user = needed_by_host(m, other->bdf);
		if (user)
			acrn_wrong(ret, FINDING_ERROR, vm->p->name, "put the card into another slot",
				   "pci_dev %s is in one IOMMU group with %s, the host's own %s", f->bdf,
				   other->bdf, user);
	}
}

static void check_twice(const struct acrn_layout *l, const struct acrn_vm *vm, size_t device,
			struct report *ret)
{
	const struct partition_device *d = &vm->p->devices[device];

	for (const struct acrn_vm *other = l->vms; other <= vm; other++)
		for (size_t i = 0; other->p && i < other->p->n_devices; i++) {
			const struct partition_device *e = &other->p->devices[i];

			if (other == vm && i >= device)
				break;
			if (is_text(d->host, e->host) && is_text(d->kind, e->kind))
				acrn_wrong(ret, FINDING_ERROR, vm->p->name, "give it to one of them",
					   "%s %s is also given to %s", d->kind, d->host, other->p->name);
		}
}

static void check_graphics(const struct acrn_vm *vm, const struct machine_pci *f, struct report *ret)
{
	if (!acrn_is_graphics(f))
		return;
	if (vm->rt)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "give it another card, or plan it as pinned",
			   "pci_dev %s is Intel's graphics, which acrn-dm gives to no real-time machine",
			   f->bdf);
	if (vm->p->guest.device[DIM_DISPLAY] == DISPLAY_VIRTIO_GPU)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "convert it with --want display=none",
			   "pci_dev %s and its virtio-gpu want the same place, 00:02.0", f->bdf);
}

static void check_pci(const struct acrn_layout *l, const struct acrn_vm *vm, size_t device,
		      struct report *ret)
{
	const char *bdf = vm->p->devices[device].host;
	const struct machine_pci *f = acrn_pci(&l->plan->host, bdf);
	const char *user = needed_by_host(&l->plan->host, bdf);

	if (!text_is_bdf(bdf)) {
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "write it as 0000:03:00.0",
			   "pci_dev '%s' is not a PCI address", bdf);
		return;
	}
	check_twice(l, vm, device, ret);
	if (strncmp(bdf, "0000:", 5) != 0)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "choose a function of domain 0000",
			   "pci_dev %s is in another PCI domain, which ACRN cannot name", bdf);
	else if (!f)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "plan again with the profile of this host",
			   "pci_dev %s does not exist on the host", bdf);
	else if (user)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "choose another one",
			   "pci_dev %s is the Service VM's own %s", bdf, user);
	else if (f->class >> 16 == CLASS_BRIDGE)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "give it the device behind it",
			   "pci_dev %s is a bridge", bdf);
	else {
		check_interrupt(l, vm, f, ret);
		check_graphics(vm, f, ret);
		check_group(l, vm, f, ret);
	}
}

/* acrn-dm takes BUS-PORT of a root hub; what hangs on a hub comes with the hub. */
static void check_usb(const struct acrn_vm *vm, const struct partition_device *d, struct report *ret)
{
	const char *p = d->host;
	size_t bus = strspn(p, "0123456789"), port;

	p += bus;
	port = *p == '-' ? strspn(p + 1, "0123456789") : 0;
	if (bus && bus < 4 && port && port < 4 && p[1 + port] == '\0')
		return;
	acrn_wrong(ret, FINDING_ERROR, vm->p->name, "plug it into a port of the computer itself, and "
		   "name that as 1-4",
		   "usb_dev '%s' is not a port of a root hub, which is what ACRN hands on", d->host);
}

static bool is_ours(const struct machine *m, const char *path, const struct acrn_layout *l)
{
	for (size_t i = 0; i < m->n_serials; i++) {
		const char *name = m->serials[i].name;

		if (strncmp(path, "/dev/", 5) == 0 && is_text(path + 5, name))
			return !is_text(l->plan->console, name);
	}
	return false;
}

static void check_serial(const struct acrn_layout *l, const struct acrn_vm *vm, size_t device,
			 struct report *ret)
{
	const struct partition_device *d = &vm->p->devices[device];

	check_twice(l, vm, device, ret);
	if (!is_ours(&l->plan->host, d->host, l))
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "choose another port of the host",
			   "serial port '%s' does not exist on the host or is the hypervisor's console",
			   d->host);
}

static void check_device(const struct acrn_layout *l, const struct acrn_vm *vm, size_t i,
			 struct report *ret)
{
	const struct partition_device *d = &vm->p->devices[i];

	if (vm->order == ACRN_PRE_LAUNCHED && !acrn_is_kind(d, "pci")) {
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "give it a PCI function",
			   "%s %s: a machine that the hypervisor starts can only have PCI functions",
			   d->kind, d->host);
		return;
	}
	if (acrn_is_kind(d, "pci"))
		check_pci(l, vm, i, ret);
	else if (acrn_is_kind(d, "usb"))
		check_usb(vm, d, ret);
	else if (acrn_is_kind(d, "serial"))
		check_serial(l, vm, i, ret);
	else if (!acrn_is_kind(d, "nic"))
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "give it the PCI function of the card, or "
			   "plan it for qemu or libvirt",
			   "ACRN cannot hand on %s %s (%s)", d->kind, d->host, d->role);
}

static void check_console(const struct acrn_layout *l, struct report *ret)
{
	const struct machine *m = &l->plan->host;
	const char *console = l->plan->console;

	for (size_t i = 0; console && i < m->n_serials; i++)
		if (is_text(m->serials[i].name, console) && (m->serials[i].port || m->serials[i].mmio))
			return;
	if (console)
		acrn_wrong(ret, FINDING_ERROR, "SERIAL_CONSOLE", "name a port of the profile, or plan "
			   "without a console",
			   "the host has no serial port '%s' with a known address", console);
}

void acrn_check_devices(const struct acrn_layout *l, struct report *ret)
{
	for (size_t i = 0; i < l->n_vms; i++) {
		const struct acrn_vm *vm = &l->vms[i];
		size_t pci = 0;

		for (size_t k = 0; vm->p && k < vm->p->n_devices; k++) {
			pci += acrn_is_kind(&vm->p->devices[k], "pci");
			check_device(l, vm, k, ret);
		}
		if (pci > PCI_MAX)
			acrn_wrong(ret, FINDING_ERROR, vm->p->name, "give it fewer",
				   "%zu PCI functions of the host are more than the %d that fit", pci,
				   PCI_MAX);
		if (vm->p && vm->p->guest.n_serials > COM_MAX)
			acrn_wrong(ret, FINDING_ERROR, vm->p->name, "take some out of guest.xml",
				   "%zu serial ports are more than the %d that fit",
				   vm->p->guest.n_serials, COM_MAX);
	}
	check_console(l, ret);
}

static void check_ends(const struct acrn_layout *l, size_t i, struct report *ret)
{
	const struct plan_link *link = &l->plan->links[i];

	for (size_t k = 0; k < link->n_ends; k++) {
		struct acrn_end e = acrn_link_end(l, i, k);
		const char *guest = link->ends[k].guest ? link->ends[k].guest : "the host";

		if (!e.vm) {
			acrn_wrong(ret, FINDING_ERROR, link->name, "correct the name in line.xml",
				   "vm_name: '%s' is no guest of this plan", guest);
			continue;
		}
		for (size_t n = 0; n < k; n++)
			if (acrn_find_vm(l, link->ends[n].guest) == e.vm)
				acrn_wrong(ret, FINDING_ERROR, link->name, "name each end once",
					   "%s is at two ends of the link", guest);
		if (strcmp(link->kind, "uart") == 0 ? e.port >= 0x9200 + ACRN_WIRES_MAX * 8 : !e.slot)
			acrn_wrong(ret, FINDING_ERROR, link->name, "plan fewer links for it",
				   "%s has more links than fit", guest);
	}
}

static void check_shared_memory(const struct plan_link *link, struct report *ret)
{
	uint64_t size = link->size;

	if (size < ACRN_SHARED_MIN || size > ACRN_SHARED_MAX || (size & (size - 1)))
		acrn_wrong(ret, FINDING_ERROR, link->name, "give 2, 4, 8, … or 512 MiB",
			   "IVSHMEM_SIZE: %" PRIu64 " bytes of shared memory are no power of two from "
			   "2 MiB to 512 MiB", size);
	if (strlen(link->name) > REGION_NAME_MAX)
		acrn_wrong(ret, FINDING_ERROR, link->name, "shorten it",
			   "the name of shared memory has at most %d characters", REGION_NAME_MAX);
}

void acrn_check_links(const struct acrn_layout *l, struct report *ret)
{
	for (size_t i = 0; i < l->plan->n_links; i++) {
		const struct plan_link *link = &l->plan->links[i];

		for (size_t k = 0; k < i; k++)
			if (strcmp(l->plan->links[k].name, link->name) == 0)
				acrn_wrong(ret, FINDING_ERROR, link->name, "rename one",
					   "two links have this name");
		if (strcmp(link->kind, "memory") == 0)
			check_shared_memory(link, ret);
		else if (link->n_ends != 2)
			acrn_wrong(ret, FINDING_ERROR, link->name, "name two ends",
				   "a wire has two ends, and this one has %zu", link->n_ends);
		check_ends(l, i, ret);
	}
}
