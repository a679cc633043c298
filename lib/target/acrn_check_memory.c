// SPDX-License-Identifier: GPL-2.0-or-later
/* Target acrn: memory, checked against the rules of ACRN. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/target/acrn.h"

#define MIB (UINT64_C(1) << 20)

enum { SERVICE_COMFORT_MIB = 2048 };	/* with less the Service VM is known to run out of memory */

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
