// SPDX-License-Identifier: GPL-2.0-or-later
/* What each guest gets when nobody asks: class, processors, speed, memory, order of starting. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/planning.h"

#define MIB (UINT64_C(1) << 20)

enum {
	/* A process of the hypervisor with its device models, video memory, tables for guest memory,
	 * and a stack for each virtual CPU. Upper bounds: what is really used shows in validation. */
	OVERHEAD_FIXED_MIB = 128, OVERHEAD_CPU_MIB = 8, OVERHEAD_TABLES = 512,
	/* An old MHz counts as a new one, which is safe, plus what virtualization costs. */
	VIRTUALIZATION_PERCENT = 115,
	MHZ_MAX = 100000,
};

static uint64_t overhead_of(uint64_t memory, uint64_t vcpus)
{
	uint64_t bytes = (OVERHEAD_FIXED_MIB + OVERHEAD_CPU_MIB * vcpus) * MIB +
			 memory / OVERHEAD_TABLES;

	return (bytes + MIB - 1) / MIB * MIB;
}

/* Speed of the old PC, if it was captured with its hardware; 0 if not known. */
static uint64_t old_mhz(const struct guest *g)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;
	CLEANUP_FREE char *capture = g->capture && g->dir ? path_join(g->dir, g->capture) : NULL;
	CLEANUP_FREE char *path = capture ? path_join(capture, "machine.xml") : NULL;

	if (!path || machine_read(&m, path, &err) < 0 || m.n_threads == 0)
		return 0;
	return m.threads[0].base_mhz ? m.threads[0].base_mhz : m.threads[0].max_mhz;
}

/* What a shared guest can have at most: all that one core of this host gives away. */
static uint64_t whole_core(const struct machine *m)
{
	uint64_t mhz = 0, whole;

	for (size_t i = 0; i < m->n_threads; i++) {
		const struct machine_thread *t = &m->threads[i];

		mhz = MAX(mhz, (uint64_t)(t->base_mhz ? t->base_mhz : t->max_mhz));
	}
	whole = (mhz ? mhz : 1000) * (100 - MIN(m->spare_percent, UINT64_C(90))) / 100;
	return whole;
}

static void default_mhz(struct plan *plan, struct partition *p, const struct line_guest *wish)
{
	uint64_t limit = whole_core(&plan->host), old;

	if (p->class != CLASS_SHARED)
		return;
	if (wish && wish->mhz) {
		p->mhz = wish->mhz;
		return;
	}
	old = MIN(old_mhz(&p->guest), (uint64_t)MHZ_MAX) * VIRTUALIZATION_PERCENT / 100;
	p->mhz = old ? MIN(old, limit) : limit;
	report_remedy(report_add(&plan->findings, FINDING_NOTE, p->name,
				 "its load was not measured: %s, %" PRIu64 " MHz for each processor, "
				 "is planned", old && old < limit ? "the speed of the old PC"
								: "a whole core", p->mhz),
		      "measure the old PC and give the result as mhz= in line.xml");
}

static enum partition_class default_class(struct plan *plan, const struct partition *p,
					  const struct line_guest *wish)
{
	if (wish && wish->class == WISH_RT)
		return CLASS_RT;
	if (wish && wish->class == WISH_PINNED)
		return CLASS_PINNED;
	if (!p->guest.spins)
		return CLASS_SHARED;
	if (wish && wish->class == WISH_SHARED) {
		report_remedy(report_add(&plan->findings, FINDING_WARNING, p->name,
					 "it idles by spinning, and is shared all the same"),
			      "limit it, or it takes all that its neighbours leave");
		return CLASS_SHARED;
	}
	report_add(&plan->findings, FINDING_NOTE, p->name,
		   "it idles by spinning: it gets a thread of its own");
	return CLASS_PINNED;
}

static int fill_partition(struct plan *plan, struct partition *p, const struct line_guest *wish,
			  struct error *err)
{
	p->class = default_class(plan, p, wish);
	p->vcpus = wish && wish->cores ? wish->cores : p->guest.vcpus;
	p->memory = p->guest.memory;
	p->node = -1;
	if (wish && wish->memory && parse_size(wish->memory, &p->memory, err) < 0)
		return error_wrap(err, "memory of guest '%s'", p->name);
	if (p->vcpus > 1024 || p->memory > UINT64_C(1) << 46 || p->memory < MIB ||
	    (wish && wish->mhz > MHZ_MAX))
		return error_set(err, ERR_FORMAT, "guest '%s' asks for %" PRIu64 " processors and %"
				 PRIu64 " bytes, which is out of range", p->name, p->vcpus, p->memory);
	p->overhead = overhead_of(p->memory, p->vcpus);
	p->priority = wish ? wish->priority : 0;
	p->start_order = wish ? wish->start_order : 0;
	p->started_by = wish && wish->started_by ? xstrdup(wish->started_by) : NULL;
	p->memory_at = wish ? wish->memory_at : 0;
	for (size_t i = 0; wish && i < wish->n_depends; i++)
		APPEND(p->depends, p->n_depends)->on = xstrdup(wish->depends[i].on);
	default_mhz(plan, p, wish);
	return 0;
}

static void copy_links(struct plan *plan, const struct line *line)
{
	for (size_t i = 0; line && i < line->n_links; i++) {
		const struct plan_link *from = &line->links[i];
		struct plan_link *to = APPEND(plan->links, plan->n_links);

		*to = (struct plan_link){ xstrdup(from->name), xstrdup(from->kind), from->size, NULL, 0 };
		for (size_t k = 0; k < from->n_ends; k++) {
			const char *guest = from->ends[k].guest;

			APPEND(to->ends, to->n_ends)->guest = guest ? xstrdup(guest) : NULL;
		}
	}
	if (line && line->console)
		plan->console = xstrdup(line->console);
}

int plan_defaults(struct plan *plan, const struct line *line, struct error *err)
{
	copy_links(plan, line);
	for (size_t i = 0; i < plan->n_partitions; i++)
		if (fill_partition(plan, &plan->partitions[i],
				   line_find(line, plan->partitions[i].name), err) < 0)
			return -1;
	return 0;
}

static struct partition *find_partition(struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->n_partitions; i++)
		if (strcmp(plan->partitions[i].name, name) == 0)
			return &plan->partitions[i];
	return NULL;
}

/* One pass: whoever starts no later than what it depends on is moved behind it. */
static int raise_orders(struct plan *plan, bool *changed, struct error *err)
{
	*changed = false;
	for (size_t i = 0; i < plan->n_partitions; i++) {
		struct partition *p = &plan->partitions[i];

		for (size_t k = 0; k < p->n_depends; k++) {
			const struct partition *on = find_partition(plan, p->depends[k].on);

			if (!on)
				return error_set(err, ERR_FORMAT, "guest '%s' depends on '%s', which "
						 "is not in the plan", p->name, p->depends[k].on);
			if (p->start_order > on->start_order)
				continue;
			if (ADD_OVERFLOW(on->start_order, 1, &p->start_order))
				return error_set(err, ERR_FORMAT, "the start order of '%s' is too "
						 "large", p->name);
			*changed = true;
		}
	}
	return 0;
}

int plan_start_order(struct plan *plan, struct error *err)
{
	bool changed = true;

	for (size_t i = 0; changed && i <= plan->n_partitions; i++)
		if (raise_orders(plan, &changed, err) < 0)
			return -1;
	if (!changed)
		return 0;
	for (size_t i = 0; i < plan->n_partitions; i++)
		if (plan->partitions[i].n_depends)
			return error_set(err, ERR_FORMAT, "the dependences of guest '%s' run in a "
					 "circle", plan->partitions[i].name);
	return 0;
}
