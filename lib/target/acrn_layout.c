// SPDX-License-Identifier: GPL-2.0-or-later
/* Target acrn: who is which virtual machine, on which processors, and where links end. */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/digest.h"
#include "lib/cpulist.h"
#include "lib/target/acrn.h"

enum {
	WIRE_PORT = 0x9200,	/* where ACRN's own tools begin                           */
	WIRE_PORTS = 8,		/* I/O ports of one UART                                  */
	LINK_SLOT = 0x0c,	/* … 0x0f; between network cards and disks                */
	NAME_KEPT = 10,		/* characters of a name that is too long, before its digest */
};

/* acrnctl takes the socket of acrnd for that of every machine whose name begins so. */
static bool begins_like_acrnd(const char *name)
{
	return strncmp(name, "acrnd", strlen("acrnd")) == 0;
}

/* acrnctl wants a letter first and knows two words that are no names. */
static bool name_fits(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '_')
			return false;
	return len && len <= ACRN_NAME_MAX && isalpha((unsigned char)name[0]) &&
	       strcmp(name, "help") != 0 && strcmp(name, "nothing") != 0 &&
	       strcmp(name, ACRN_SERVICE_VM) != 0 && !begins_like_acrnd(name);
}

void acrn_vm_name(const char *guest, char ret[ACRN_NAME_MAX + 1])
{
	uint8_t digest[DIGEST_SIZE];
	char start[NAME_KEPT + 1] = "";
	size_t n = 0;

	if (name_fits(guest)) {
		snprintf(ret, ACRN_NAME_MAX + 1, "%s", guest);
		return;
	}
	if (!isalpha((unsigned char)guest[0]) || begins_like_acrnd(guest)) {
		memcpy(start, "vm-", 3);
		n = 3;
	}
	for (size_t i = 0; guest[i] && n < NAME_KEPT; i++)
		start[n++] = isalnum((unsigned char)guest[i]) ? guest[i] : '-';
	digest_of(guest, strlen(guest), digest);
	snprintf(ret, ACRN_NAME_MAX + 1, "%s-%02x%02x", start, digest[0], digest[1]);
}

static int64_t apic_of(const struct machine *m, uint32_t cpu)
{
	for (size_t i = 0; i < m->n_threads; i++)
		if (m->threads[i].cpu == cpu)
			return m->threads[i].apic;
	return -1;
}

static void set_cpus(struct acrn_vm *vm, const struct cpuset *cpus, const struct machine *m)
{
	for (uint32_t cpu = 0; cpu < CPU_MAX && vm->n_cpus < ACRN_CPUS_MAX; cpu++) {
		if (!cpuset_has(cpus, cpu))
			continue;
		vm->apic[vm->n_cpus] = apic_of(m, cpu);
		vm->cpu[vm->n_cpus++] = cpu;
	}
}

static bool is_pre(const struct partition *p)
{
	return p->started_by && strcmp(p->started_by, "hypervisor") == 0;
}

static void add_guests(struct acrn_layout *l, enum acrn_order order, struct cpuset *taken)
{
	for (size_t i = 0; i < l->plan->n_partitions; i++) {
		const struct partition *p = &l->plan->partitions[i];
		struct cpuset cpus = CPUSET_INIT;
		struct acrn_vm *vm;

		if (is_pre(p) != (order == ACRN_PRE_LAUNCHED))
			continue;
		vm = &l->vms[l->n_vms];
		vm->p = p;
		vm->order = order;
		vm->id = (unsigned int)l->n_vms++;
		vm->rt = p->class == CLASS_RT;
		acrn_vm_name(p->name, vm->name);
		/* a list that is none is a finding of its own */
		if (cpulist_parse(p->cpus, &cpus, NULL) == 0)
			set_cpus(vm, &cpus, &l->plan->host);
		for (size_t k = 0; k < vm->n_cpus; k++)
			cpuset_add(taken, vm->cpu[k]);
	}
}

/* It has all processors but those of the machines that run before it. */
static void add_service(struct acrn_layout *l, const struct cpuset *taken)
{
	struct acrn_vm *vm = &l->vms[l->n_vms];
	struct cpuset rest = CPUSET_INIT;

	vm->order = ACRN_SERVICE;
	vm->id = (unsigned int)l->n_vms++;
	snprintf(vm->name, sizeof(vm->name), "%s", ACRN_SERVICE_VM);
	for (size_t i = 0; i < l->plan->host.n_threads; i++)
		if (!cpuset_has(taken, l->plan->host.threads[i].cpu))
			cpuset_add(&rest, l->plan->host.threads[i].cpu);
	set_cpus(vm, &rest, &l->plan->host);
	l->service = vm;
}

void acrn_layout_make(struct acrn_layout *ret, const struct plan *plan)
{
	struct cpuset taken = CPUSET_INIT, unused = CPUSET_INIT;

	*ret = (struct acrn_layout){ .plan = plan };
	ret->vms = xcalloc(plan->n_partitions + 1, sizeof(*ret->vms));
	add_guests(ret, ACRN_PRE_LAUNCHED, &taken);
	add_service(ret, &taken);
	add_guests(ret, ACRN_POST_LAUNCHED, &unused);
}

void acrn_layout_clear(struct acrn_layout *l)
{
	free(l->vms);
	*l = (struct acrn_layout)ACRN_LAYOUT_INIT;
}

const struct acrn_vm *acrn_find_vm(const struct acrn_layout *l, const char *guest)
{
	for (size_t i = 0; i < l->n_vms; i++) {
		const struct partition *p = l->vms[i].p;

		if (guest ? p && strcmp(p->name, guest) == 0 : !p)
			return &l->vms[i];
	}
	return NULL;
}

static bool is_wire(const struct plan_link *link)
{
	return strcmp(link->kind, "uart") == 0;
}

/* How many links of the same sort this machine has before this one. */
static uint32_t links_before(const struct acrn_layout *l, size_t link, const struct acrn_vm *vm)
{
	uint32_t n = 0;

	for (size_t i = 0; i < link; i++) {
		const struct plan_link *other = &l->plan->links[i];

		for (size_t k = 0; k < other->n_ends; k++)
			n += is_wire(other) == is_wire(&l->plan->links[link]) &&
			     acrn_find_vm(l, other->ends[k].guest) == vm;
	}
	return n;
}

/* On bus 0 of the Service VM, where the host has nothing; the lowest ones are the chipset's. */
static uint32_t free_slot(const struct machine *m, uint32_t skip)
{
	for (uint32_t slot = 0x10; slot < 0x1d; slot++) {
		CLEANUP_FREE char *start = xasprintf("0000:00:%02x.", slot);
		bool used = false;

		for (size_t i = 0; i < m->n_pci; i++)
			used |= strncmp(m->pci[i].bdf, start, strlen(start)) == 0;
		if (!used && skip-- == 0)
			return slot;
	}
	return 0;
}

struct acrn_end acrn_link_end(const struct acrn_layout *l, size_t link, size_t end)
{
	const struct plan_link *k = &l->plan->links[link];
	struct acrn_end e = { .vm = acrn_find_vm(l, k->ends[end].guest) };
	uint32_t before = e.vm ? links_before(l, link, e.vm) : 0;

	if (!e.vm)
		return e;
	if (is_wire(k))
		e.port = WIRE_PORT + (uint64_t)before * WIRE_PORTS;
	else if (e.vm->order == ACRN_SERVICE)
		e.slot = free_slot(&l->plan->host, before);
	else
		e.slot = before < ACRN_LINKS_MAX ? LINK_SLOT + before : 0;
	return e;
}

bool acrn_is_kind(const struct partition_device *d, const char *kind)
{
	return d->kind && strcmp(d->kind, kind) == 0;
}

const struct machine_pci *acrn_pci(const struct machine *m, const char *bdf)
{
	for (size_t i = 0; i < m->n_pci; i++)
		if (strcmp(m->pci[i].bdf, bdf) == 0)
			return &m->pci[i];
	return NULL;
}

bool acrn_is_graphics(const struct machine_pci *f)
{
	return f && strcmp(f->bdf, "0000:00:02.0") == 0 && f->vendor == 0x8086 && f->class >> 16 == 3;
}
