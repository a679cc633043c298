// SPDX-License-Identifier: GPL-2.0-or-later
/* Target acrn: cache ways (CAT), checked and written down. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/cpulist.h"
#include "lib/target/acrn.h"

bool acrn_wants_cache(const struct acrn_layout *l)
{
	for (size_t i = 0; i < l->n_vms; i++)
		if (l->vms[i].p && l->vms[i].p->cache_ways)
			return true;
	return false;
}

static bool wants_level(const struct acrn_layout *l, uint32_t level)
{
	for (size_t i = 0; i < l->n_vms; i++)
		if (l->vms[i].p && l->vms[i].p->cache_ways && l->vms[i].p->cache_level == level)
			return true;
	return false;
}

/* The ways of this cache that one guest has for itself; 0: none */
static uint64_t own_ways(const struct acrn_vm *vm, const struct machine_cache *c)
{
	if (!vm->p || vm->p->cache_level != c->level || vm->p->cache_id != c->id)
		return 0;
	return vm->p->cache_ways;
}

static uint64_t all_ways(const struct machine_cache *c)
{
	return c->cat_bits >= 64 ? UINT64_MAX : (UINT64_C(1) << c->cat_bits) - 1;
}

/* The longest run of bits, the lowest one of equals: the hardware takes no mask with holes. */
static uint64_t longest_run(uint64_t mask)
{
	uint64_t best = 0;

	for (uint32_t i = 0; i < 64;) {
		uint64_t run = 0;

		for (; i < 64 && mask >> i & 1; i++)
			run |= UINT64_C(1) << i;
		if (__builtin_popcountll(run) > __builtin_popcountll(best))
			best = run;
		i++;
	}
	return best;
}

/* What is left for those who have no ways of their own. */
static uint64_t rest_ways(const struct acrn_layout *l, const struct machine_cache *c)
{
	uint64_t rest = all_ways(c);

	for (size_t i = 0; i < l->n_vms; i++)
		rest &= ~own_ways(&l->vms[i], c);
	return longest_run(rest);
}

static void put_policy(const struct acrn_vm *vm, size_t vcpu, uint64_t mask, struct xml_out *x)
{
	CLEANUP_FREE char *number = xasprintf("%zu", vcpu);
	CLEANUP_FREE char *text = xasprintf("0x%" PRIx64, mask);

	xml_open(x, "POLICY");
	xml_element(x, "VM", vm->name);
	xml_element(x, "VCPU", number);
	xml_element(x, "TYPE", "Unified");
	xml_element(x, "CLOS_MASK", text);
	xml_close(x);
}

static void put_policies(const struct acrn_layout *l, const struct machine_cache *c,
			 const struct cpuset *cpus, struct xml_out *x)
{
	uint64_t rest = rest_ways(l, c);

	for (size_t i = 0; i < l->n_vms; i++) {
		uint64_t own = own_ways(&l->vms[i], c);

		for (size_t k = 0; k < l->vms[i].n_cpus; k++)
			if (cpuset_has(cpus, l->vms[i].cpu[k]))
				put_policy(&l->vms[i], k, own ? own : rest, x);
	}
}

/* Each cache of the level, so that no processor is left without a policy. */
void acrn_put_cache(const struct acrn_layout *l, struct xml_out *x)
{
	const struct machine *m = &l->plan->host;

	if (!acrn_wants_cache(l))
		return;
	xml_open(x, "CACHE_REGION");
	for (size_t i = 0; i < m->n_caches; i++) {
		const struct machine_cache *c = &m->caches[i];
		struct cpuset cpus = CPUSET_INIT;
		CLEANUP_FREE char *id = xasprintf("0x%" PRIx32, c->id);
		CLEANUP_FREE char *level = xasprintf("%" PRIu32, c->level);

		if (!c->cat_bits || !wants_level(l, c->level) ||
		    cpulist_parse(c->cpus, &cpus, NULL) < 0)
			continue;
		xml_open(x, "CACHE_ALLOCATION");
		xml_element(x, "CACHE_ID", id);
		xml_element(x, "CACHE_LEVEL", level);
		put_policies(l, c, &cpus, x);
		xml_close(x);
	}
	xml_close(x);
}

static const struct machine_cache *find_cache(const struct machine *m, const struct partition *p)
{
	for (size_t i = 0; i < m->n_caches; i++)
		if (m->caches[i].level == p->cache_level && m->caches[i].id == p->cache_id)
			return &m->caches[i];
	return NULL;
}

static void check_mask(const struct acrn_vm *vm, const struct machine_cache *c, struct report *ret)
{
	uint64_t ways = vm->p->cache_ways;
	unsigned int n = (unsigned int)__builtin_popcountll(ways);

	if (ways & ~all_ways(c))
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "plan again: the profile and the plan "
			   "do not belong together",
			   "CLOS_MASK 0x%" PRIx64 " asks for ways that cache L%" PRIu32 " %" PRIu32
			   " has not; it has %" PRIu32, ways, c->level, c->id, c->cat_bits);
	else if (longest_run(ways) != ways)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "give it ways that lie side by side",
			   "CLOS_MASK 0x%" PRIx64 " has holes, which the processor refuses", ways);
	else if (c->cat_min_bits && n < c->cat_min_bits)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "give it more ways",
			   "CLOS_MASK 0x%" PRIx64 " has fewer ways than the %" PRIu32 " that cache "
			   "L%" PRIu32 " demands", ways, c->cat_min_bits, c->level);
}

static void check_cpus_below(const struct acrn_vm *vm, const struct machine_cache *c,
			     struct report *ret)
{
	struct cpuset cpus = CPUSET_INIT;

	if (cpulist_parse(c->cpus, &cpus, NULL) < 0)
		return;
	for (size_t i = 0; i < vm->n_cpus; i++)
		if (!cpuset_has(&cpus, vm->cpu[i]))
			acrn_wrong(ret, FINDING_ERROR, vm->p->name, "plan again, so that processors "
				   "and cache belong together",
				   "its processor %" PRIu32 " is not behind cache L%" PRIu32 " %"
				   PRIu32 ", in which it has ways", vm->cpu[i], c->level, c->id);
}

static void check_guest(const struct acrn_layout *l, const struct acrn_vm *vm, struct report *ret)
{
	const struct machine_cache *c = find_cache(&l->plan->host, vm->p);

	if (!c) {
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "plan again with the profile of this host",
			   "it has ways in cache L%" PRIu32 " %" PRIu32 ", which the host has not",
			   vm->p->cache_level, vm->p->cache_id);
		return;
	}
	if (!c->cat_bits) {
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "plan without cache-ways, or take a host "
			   "with cache allocation",
			   "it has ways in cache L%" PRIu32 " %" PRIu32 ", which cannot be divided "
			   "(no CAT)", c->level, c->id);
		return;
	}
	check_mask(vm, c, ret);
	check_cpus_below(vm, c, ret);
}

/* Guests with ways of their own, and one class for all the others. */
static void check_classes(const struct acrn_layout *l, const struct machine_cache *c,
			  struct report *ret)
{
	uint32_t classes = 1, users = 0;

	for (size_t i = 0; i < l->n_vms; i++) {
		const struct acrn_vm *vm = &l->vms[i];
		uint64_t own = own_ways(vm, c);
		bool seen = false;

		for (size_t k = 0; k < i; k++) {
			uint64_t other = own_ways(&l->vms[k], c);

			seen |= other == own;
			if (own & other && own != other)
				acrn_wrong(ret, FINDING_WARNING, vm->p->name, "plan again for ways of "
					   "its own", "it shares ways of cache L%" PRIu32 " with %s",
					   c->level, l->vms[k].p->name);
		}
		users += own != 0;
		classes += own && !seen;
	}
	if (users && c->cat_closids && classes > c->cat_closids)
		acrn_wrong(ret, FINDING_ERROR, "CACHE_REGION", "give fewer guests ways of their own",
			   "%" PRIu32 " classes of service are needed, and the processor has %" PRIu32,
			   classes, c->cat_closids);
	if (users && !rest_ways(l, c))
		acrn_wrong(ret, FINDING_ERROR, "CACHE_REGION", "leave some ways to the others",
			   "no way of cache L%" PRIu32 " %" PRIu32 " is left for the Service VM",
			   c->level, c->id);
}

void acrn_check_cache(const struct acrn_layout *l, struct report *ret)
{
	const struct machine *m = &l->plan->host;

	for (size_t i = 0; i < l->n_vms; i++)
		if (l->vms[i].p && l->vms[i].p->cache_ways)
			check_guest(l, &l->vms[i], ret);
	for (size_t i = 0; i < m->n_caches; i++)
		if (m->caches[i].cat_bits)
			check_classes(l, &m->caches[i], ret);
}
