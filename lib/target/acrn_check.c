// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Target acrn: guests, processors and memory, checked against the rules of ACRN. Its own tools find
 * some of them, its build others, and some only the machine that does not start.
 */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/cpulist.h"
#include "lib/old_port.h"
#include "lib/target/acrn.h"

#define MIB (UINT64_C(1) << 20)

enum { SERVICE_COMFORT_MIB = 2048 };	/* with less the Service VM is known to run out of memory */

void acrn_wrong(struct report *ret, enum severity severity, const char *subject, const char *remedy,
		const char *fmt, ...)
{
	va_list ap;
	CLEANUP_FREE char *text = NULL;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	report_remedy(report_add(ret, severity, subject, "%s", text), "%s", remedy);
}

static void check_kernel(const struct acrn_vm *vm, struct report *ret)
{
	const struct guest *g = &vm->p->guest;
	size_t len = g->cmdline ? strlen(g->cmdline) : 0;
	bool kernel = g->device[DIM_FIRMWARE] == FIRMWARE_KERNEL;

	if (vm->order == ACRN_PRE_LAUNCHED && !kernel)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "convert it with --want firmware=kernel, or "
			   "take started-by out",
			   "load_order PRE_LAUNCHED_VM: the hypervisor starts kernels, and this guest "
			   "starts with %s", model_value_name(DIM_FIRMWARE,
							      (unsigned int)g->device[DIM_FIRMWARE]));
	if (len > ACRN_BOOTARGS_MAX)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "shorten it in guest.xml",
			   "bootargs has %zu characters, and ACRN takes %d", len, ACRN_BOOTARGS_MAX);
	for (size_t i = 0; i < len; i++)
		if (iscntrl((unsigned char)g->cmdline[i]) || strchr("\"\\", g->cmdline[i])) {
			acrn_wrong(ret, FINDING_ERROR, vm->p->name, "take it out of guest.xml",
				   "bootargs holds the character 0x%02x, which would leave the "
				   "hypervisor's source text", (unsigned char)g->cmdline[i]);
			return;
		}
}

/* acrn-dm and the kernel itself find out only when it starts. */
static void check_kernel_memory(const struct acrn_vm *vm, struct report *ret)
{
	const struct guest *g = &vm->p->guest;

	if (g->device[DIM_FIRMWARE] != FIRMWARE_KERNEL || vm->order != ACRN_POST_LAUNCHED || !g->kernel_memory)
		return;
	/* what is behind the hole for PCI does not count */
	if (MIN(vm->p->memory, (uint64_t)ACRN_LOW_MEMORY_MAX) < g->kernel_memory)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "plan it with more memory, or make the initramfs in "
			   "the guest smaller (MODULES=dep)",
			   "memory: %" PRIu64 " MiB hold its kernel and its initramfs not beside each other: at "
			   "least %" PRIu64 " MiB", vm->p->memory >> 20, (g->kernel_memory + (1 << 20) - 1) >> 20);
}

static void check_extras(const struct acrn_vm *vm, struct report *ret)
{
	if (vm->p->guest.life.kind == LIFE_AGENT)
		acrn_wrong(ret, FINDING_WARNING, vm->p->name, "name what it writes to its serial port in guest.xml",
			   "it shows its life by an agent, which ACRN cannot ask");
	if (vm->p->guest.cpu_quota)
		acrn_wrong(ret, FINDING_WARNING, vm->p->name, "choose target qemu, libvirt or xen if its programs "
			   "fail on a fast processor",
			   "its processors run at their full speed, not at %" PRIu64 " %%: ACRN has no limit",
			   vm->p->guest.cpu_quota);
}

static void check_disks(const struct acrn_vm *vm, struct report *ret)
{
	const struct guest *g = &vm->p->guest;

	for (size_t i = 0; i < g->n_disks; i++) {
		const char *file = g->disks[i].file;

		for (const char *p = file; *p; p++)
			if (!isalnum((unsigned char)*p) && !strchr("._-", *p)) {
				acrn_wrong(ret, FINDING_ERROR, vm->p->name, "rename the file and the "
					   "attribute in guest.xml",
					   "block '%s': a path with '%c' would be taken for options, "
					   "or be split or run by a shell", file, *p);
				break;
			}
		if (g->disks[i].size % 512)
			acrn_wrong(ret, FINDING_ERROR, vm->p->name, "convert again from the capture",
				   "block '%s' has %" PRIu64 " bytes, which is no multiple of 512", file,
				   g->disks[i].size);
	}
}

/* Does a card of the host show what it draws? */
static bool has_card(const struct acrn_layout *l, const struct acrn_vm *vm)
{
	enum { CLASS_DISPLAY = 0x03 };

	for (size_t i = 0; i < vm->p->n_devices; i++) {
		const struct machine_pci *f = acrn_is_kind(&vm->p->devices[i], "pci")
						      ? acrn_pci(&l->plan->host, vm->p->devices[i].host)
						      : NULL;

		if (f && f->class >> 16 == CLASS_DISPLAY)
			return true;
	}
	return false;
}

static void check_models(const struct acrn_layout *l, const struct acrn_vm *vm, struct report *ret)
{
	const struct guest *g = &vm->p->guest;
	extern const struct machine_model acrn_offers;

	for (int dim = 0; dim < N_DIMS; dim++) {
		if (model_has(&acrn_offers, dim, (unsigned int)g->device[dim]))
			continue;
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "convert it again with --target acrn; what "
			   "cannot be converted runs on qemu and libvirt",
			   "ACRN has no %s '%s'", model_dim_name(dim),
			   model_value_name(dim, (unsigned int)g->device[dim]));
	}
	if (g->device[DIM_CLOCK] == RTC_LOCALTIME)
		acrn_wrong(ret, FINDING_WARNING, vm->p->name, "let the Service VM keep local time in its "
			   "RTC (timedatectl set-local-rtc 1), or set the guest to UTC",
			   "it reads local time from the RTC, and ACRN hands on that of the host");
	if (g->device[DIM_DISPLAY] == DISPLAY_VIRTIO_GPU)
		acrn_wrong(ret, FINDING_WARNING, vm->p->name, "run a display server there, or convert it "
			   "with --want display=none",
			   "its screen is drawn by the Service VM's desktop, and without one acrn-dm ends "
			   "at once");
	if (g->device[DIM_DISPLAY] == DISPLAY_NONE && g->life.kind == LIFE_SCREEN &&
	    !has_card(l, vm))
		acrn_wrong(ret, FINDING_WARNING, vm->p->name, "convert it with --want "
			   "display=virtio-gpu, or give it a graphics card",
			   "it has no screen on ACRN, although its screen shows whether it lives");
}

/* What acrn-dm has no way to tell the guest. */
static void check_lost(const struct acrn_vm *vm, struct report *ret)
{
	const struct guest *g = &vm->p->guest;
	bool identity = (g->vendor && *g->vendor) || (g->product && *g->product) ||
			(g->serial && *g->serial);

	if (identity)
		acrn_wrong(ret, FINDING_WARNING, vm->p->name, "look whether its software is bound to them",
			   "maker, model and serial number of the old PC (SMBIOS) do not reach it");
	identity_check_tables(g, ACRN_GIVES, "ACRN", ret);
	for (size_t i = 0; i < g->n_disks; i++) {
		if (g->disks[i].serial && *g->disks[i].serial)
			acrn_wrong(ret, FINDING_WARNING, vm->p->name, "look whether its software is bound "
				   "to it",
				   "the serial number of %s does not reach it", g->disks[i].file);
		if (i > 0 && g->disks[i].boot && !g->disks[i].added &&
		    g->device[DIM_FIRMWARE] == FIRMWARE_UEFI)
			acrn_wrong(ret, FINDING_WARNING, vm->p->name, "see that no disk before it has that "
				   "file",
				   "it starts from %s, and the firmware takes the first disk that has "
				   "\\EFI\\BOOT\\BOOTX64.EFI", g->disks[i].file);
	}
	for (size_t i = 0; i < g->n_serials; i++)
		if (g->serials[i].port && !old_port_com(g->serials[i].port))
			acrn_wrong(ret, FINDING_WARNING, vm->p->name, "change the address in the guest",
				   "its port %s was at 0x%" PRIx64 ", and ACRN has ports at 0x3f8, 0x2f8, "
				   "0x3e8 and 0x2e8 only", g->serials[i].old, g->serials[i].port);
}

/* acrnctl and acrnd compare no more of a name than a socket's file has. */
static void check_beginning(const struct acrn_vm *vm, const struct acrn_vm *other,
			    struct report *ret)
{
	size_t len = strlen(other->name);

	if (other->order == ACRN_POST_LAUNCHED && vm->order == ACRN_POST_LAUNCHED &&
	    strlen(vm->name) > len && strncmp(vm->name, other->name, len) == 0)
		acrn_wrong(ret, FINDING_WARNING, vm->p->name, "rename one of the guests, so that no name "
			   "begins with another",
			   "name '%s' begins with '%s', and acrnctl and acrnd take the one for the other: "
			   "acrnd can press the wrong power button when the host is shut down", vm->name,
			   other->name);
}

static void check_name(const struct acrn_layout *l, const struct acrn_vm *vm, struct report *ret)
{
	for (size_t i = 0; i < l->n_vms; i++) {
		if (&l->vms[i] < vm && strcmp(l->vms[i].name, vm->name) == 0)
			acrn_wrong(ret, FINDING_ERROR, vm->p->name, "rename one of the guests",
				   "name '%s' is that of another virtual machine, too", vm->name);
		check_beginning(vm, &l->vms[i], ret);
	}
	if (strcmp(vm->name, vm->p->name) != 0)
		report_add(ret, FINDING_NOTE, vm->p->name, "ACRN takes names of at most %d letters, "
			   "digits, '-' and '_' that begin with a letter: there it is called '%s'",
			   ACRN_NAME_MAX, vm->name);
}

static void check_numbers(const struct acrn_layout *l, struct report *ret)
{
	size_t pre_rt = 0, post_rt = 0;

	if (l->n_vms > ACRN_VMS_MAX)
		acrn_wrong(ret, FINDING_ERROR, "MAX_VM_NUM", "plan fewer guests for this host",
			   "%zu virtual machines with the Service VM, and ACRN takes %d", l->n_vms,
			   ACRN_VMS_MAX);
	for (size_t i = 0; i < l->n_vms; i++) {
		pre_rt += l->vms[i].rt && l->vms[i].order == ACRN_PRE_LAUNCHED;
		post_rt += l->vms[i].rt && l->vms[i].order == ACRN_POST_LAUNCHED;
	}
	if (pre_rt > 1)
		acrn_wrong(ret, FINDING_ERROR, "vm_type", "make the others pinned",
			   "%zu real-time machines are started by the hypervisor, which takes one",
			   pre_rt);
	if (pre_rt && post_rt)
		acrn_wrong(ret, FINDING_ERROR, "vm_type", "let all of them be started by the Service VM, "
			   "or make some of them pinned",
			   "a real-time machine that the hypervisor starts and one that the Service VM "
			   "starts cannot be together");
}

void acrn_check_guests(const struct acrn_layout *l, struct report *ret)
{
	check_numbers(l, ret);
	for (size_t i = 0; i < l->n_vms; i++) {
		const struct acrn_vm *vm = &l->vms[i];

		if (!vm->p)
			continue;
		check_name(l, vm, ret);
		check_models(l, vm, ret);
		check_lost(vm, ret);
		check_kernel(vm, ret);
		check_kernel_memory(vm, ret);
		check_extras(vm, ret);
		check_disks(vm, ret);
	}
}

static const struct machine_thread *thread_of(const struct machine *m, uint32_t cpu)
{
	for (size_t i = 0; i < m->n_threads; i++)
		if (m->threads[i].cpu == cpu)
			return &m->threads[i];
	return NULL;
}

static bool is_exclusive(const struct acrn_vm *vm)
{
	return vm->p && (vm->p->class != CLASS_SHARED || vm->order == ACRN_PRE_LAUNCHED);
}

static void check_shared(const struct acrn_layout *l, const struct acrn_vm *vm, uint32_t cpu,
			 struct report *ret)
{
	for (const struct acrn_vm *other = l->vms; other < vm; other++)
		for (size_t k = 0; k < other->n_cpus; k++)
			if (other->p && other->cpu[k] == cpu && (is_exclusive(other) || is_exclusive(vm)))
				acrn_wrong(ret, FINDING_ERROR, vm->p->name, "plan again",
					   "pcpu_id %" PRIu32 " is also given to %s, and one of them "
					   "must have it alone", cpu, other->p->name);
}

static void check_thread(const struct acrn_layout *l, const struct acrn_vm *vm, size_t i,
			 struct report *ret)
{
	const struct machine_thread *t = thread_of(&l->plan->host, vm->cpu[i]);
	const struct machine_thread *first = thread_of(&l->plan->host, vm->cpu[0]);

	if (!t) {
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "plan again with the profile of this host",
			   "pcpu_id %" PRIu32 " does not exist on the host", vm->cpu[i]);
		return;
	}
	if (vm->apic[i] < 0)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "make the profile on the host itself",
			   "the local APIC of processor %" PRIu32 " is not recorded in the profile, "
			   "and acrn-dm names processors by it", vm->cpu[i]);
	if (vm->cpu[i] == 0 && is_exclusive(vm))
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "keep processor 0 for the host: "
			   "reserve cpus=\"0\" in the profile",
			   "pcpu_id 0 is kept for the Service VM, and it would have it alone");
	if (first && first->efficiency != t->efficiency)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "ask for core-type= in line.xml",
			   "processors %" PRIu32 " and %" PRIu32 " are a performance core and an "
			   "efficiency core, which ACRN does not mix", vm->cpu[0], vm->cpu[i]);
	check_shared(l, vm, vm->cpu[i], ret);
}

static void check_vcpus(const struct acrn_vm *vm, struct report *ret)
{
	struct cpuset set = CPUSET_INIT;
	struct error why CLEANUP_ERROR = ERROR_INIT;

	if (cpulist_parse(vm->p->cpus, &set, &why) < 0)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "plan again", "cpus: %s", why.msg);
	else if (vm->n_cpus == 0)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "plan again",
			   "cpu_affinity is empty: it has no processor");
	else if (cpuset_count(&set) > ACRN_CPUS_MAX)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "plan fewer",
			   "it has more than %d processors", ACRN_CPUS_MAX);
	else if (vm->order == ACRN_POST_LAUNCHED && vm->n_cpus > ACRN_DM_CPUS_MAX)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "give it fewer in line.xml",
			   "it has %zu processors, and acrn-dm takes at most %d", vm->n_cpus,
			   ACRN_DM_CPUS_MAX);
	else if (vm->n_cpus != vm->p->vcpus)
		acrn_wrong(ret, FINDING_WARNING, vm->p->name, "give it as many processors as it shall "
			   "see",
			   "it has %" PRIu64 " virtual processors on %zu of the host: ACRN shows it %zu",
			   vm->p->vcpus, vm->n_cpus, vm->n_cpus);
}

void acrn_check_cpus(const struct acrn_layout *l, struct report *ret)
{
	for (size_t i = 0; i < l->n_vms; i++) {
		const struct acrn_vm *vm = &l->vms[i];

		if (!vm->p)
			continue;
		check_vcpus(vm, ret);
		for (size_t k = 0; k < vm->n_cpus; k++)
			check_thread(l, vm, k, ret);
	}
	if (l->service->n_cpus == 0)
		acrn_wrong(ret, FINDING_ERROR, ACRN_SERVICE_VM, "leave it at least processor 0",
			   "no processor is left for the Service VM");
}

static bool in_ram(const struct machine *m, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < m->n_ranges; i++)
		if (strcmp(m->ranges[i].kind, "ram") == 0 && m->ranges[i].start <= start &&
		    m->ranges[i].end >= end)
			return true;
	return false;
}

static uint64_t ram_above(const struct machine *m, uint64_t limit)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->n_ranges; i++) {
		const struct machine_region *r = &m->ranges[i];

		if (strcmp(r->kind, "ram") == 0 && r->end >= limit)
			sum += r->end - MAX(r->start, limit) + 1;
	}
	return sum;
}

static void check_place(const struct acrn_layout *l, const struct acrn_vm *vm, struct report *ret)
{
	const struct partition *p = vm->p;
	uint64_t end = 0;

	if (!p->memory_at)
		return;
	if (vm->order != ACRN_PRE_LAUNCHED) {
		acrn_wrong(ret, FINDING_ERROR, p->name, "take memory-at out",
			   "hpa_region: only what the hypervisor starts has a place of its own");
		return;
	}
	if (p->memory_at % ACRN_MEMORY_UNIT)
		acrn_wrong(ret, FINDING_ERROR, p->name, "give a multiple of 0x200000",
			   "start_hpa 0x%" PRIx64 " is not aligned to 2 MiB", p->memory_at);
	if (ADD_OVERFLOW(p->memory_at, p->memory - 1, &end) || p->memory_at < ACRN_LOW_END ||
	    !in_ram(&l->plan->host, p->memory_at, end))
		acrn_wrong(ret, FINDING_ERROR, p->name, "choose a place inside one range of the "
			   "profile's memory map above 4 GiB, or leave memory-at out",
			   "hpa_region 0x%" PRIx64 " … 0x%" PRIx64 " is not inside of the host's memory "
			   "above 4 GiB", p->memory_at, end);
	for (const struct acrn_vm *other = l->vms; other < vm; other++)
		if (other->p && other->p->memory_at && other->p->memory_at <= end &&
		    p->memory_at <= other->p->memory_at + other->p->memory - 1)
			acrn_wrong(ret, FINDING_ERROR, p->name, "move one of them",
				   "hpa_region overlaps that of %s", other->p->name);
}

static void check_size(const struct acrn_vm *vm, struct report *ret)
{
	if (vm->p->memory == 0)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "plan again", "memory is missing");
	else if (vm->p->memory % ACRN_MEMORY_UNIT)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "give memory= in line.xml, rounded to an even "
			   "number of MiB",
			   "memory size of %" PRIu64 " bytes is no multiple of 2 MiB: acrn-dm would "
			   "refuse it at the start", vm->p->memory);
	else if (vm->order == ACRN_POST_LAUNCHED && vm->p->memory < ACRN_DM_MEMORY_MIN)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "give memory=\"128M\" in line.xml",
			   "memory size of %" PRIu64 " MiB: acrn-dm starts nothing with less than %d MiB",
			   vm->p->memory / MIB, ACRN_DM_MEMORY_MIN >> 20);
}

/* Memory of guests is pinned: huge pages for some, taken away before for others. */
static void check_budget(const struct acrn_layout *l, struct report *ret)
{
	const struct machine *m = &l->plan->host;
	uint64_t all = ram_above(m, 0), high = ram_above(m, ACRN_LOW_END), sum = 0, pre = 0;
	uint64_t reserve = MAX(m->reserve_memory, 512 * MIB);
	CLEANUP_FREE char *have = NULL, *want = NULL;

	for (size_t i = 0; i < l->n_vms; i++) {
		uint64_t size = l->vms[i].p ? l->vms[i].p->memory : 0;

		if (ADD_OVERFLOW(sum, size, &sum))
			sum = UINT64_MAX;
		pre += l->vms[i].order == ACRN_PRE_LAUNCHED ? size : 0;
	}
	have = format_size(all);
	want = format_size(sum);
	if (!all)
		acrn_wrong(ret, FINDING_ERROR, "memory", "make the profile on the host itself, as root",
			   "the host's memory map is not recorded in the profile, and ACRN's build places "
			   "the hypervisor by it");
	else if (sum > all || all - sum < reserve)
		acrn_wrong(ret, FINDING_ERROR, "memory", "plan fewer guests, or less memory for some",
			   "the guests pin %s of the host's %s, and the Service VM needs %" PRIu64
			   " MiB", want, have, reserve / MIB);
	else if (all - sum < SERVICE_COMFORT_MIB * MIB)
		acrn_wrong(ret, FINDING_WARNING, "memory", "watch the Service VM's memory",
			   "the guests pin %s of the host's %s: huge pages can run short", want, have);
	if (pre && pre > high)
		acrn_wrong(ret, FINDING_ERROR, "memory", "start fewer guests from the hypervisor",
			   "machines that the hypervisor starts get memory above 4 GiB, and the host "
			   "has %" PRIu64 " MiB there for %" PRIu64, high / MIB, pre / MIB);
}

void acrn_check_memory(const struct acrn_layout *l, struct report *ret)
{
	for (size_t i = 0; i < l->n_vms; i++) {
		if (!l->vms[i].p)
			continue;
		check_size(&l->vms[i], ret);
		check_place(l, &l->vms[i], ret);
	}
	check_budget(l, ret);
}
