// SPDX-License-Identifier: GPL-2.0-or-later
/* Target acrn: processors, checked against the rules of ACRN. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/cpulist.h"
#include "lib/target/acrn.h"

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
