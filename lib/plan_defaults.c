// SPDX-License-Identifier: GPL-2.0-or-later
/* What each guest gets when nobody asks: class, processors, speed, memory, order of starting. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/base/strv.h"
#include "lib/load.h"
#include "lib/overhead.h"
#include "lib/planning.h"

#define MIB (UINT64_C(1) << 20)

enum {
	/* An old MHz counts as a new one, which is safe, plus what virtualization costs. */
	VIRTUALIZATION_PERCENT = 115,
	MHZ_MAX = 100000, MHZ_LEAST = 50,
	/* beyond the most that was in use while it was measured */
	MEMORY_PERCENT = 125, MEMORY_LEAST_MIB = 64, MEMORY_STEP_MIB = 4,
	IOPS_MAX = 100000000,
};

/* Speed of the old PC, if it was captured with its hardware; 0 if not known. */
static uint64_t old_mhz(const struct guest *g, uint64_t *ret_threads)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;
	CLEANUP_FREE char *capture = g->capture && g->dir ? path_join(g->dir, g->capture) : NULL;
	CLEANUP_FREE char *path = capture ? path_join(capture, "machine.xml") : NULL;
	uint64_t mhz;

	*ret_threads = 1;
	if (!path || machine_read(&m, path, &err) < 0 || m.n_threads == 0)
		return 0;
	*ret_threads = m.n_threads;
	mhz = m.threads[0].base_mhz ? m.threads[0].base_mhz : m.threads[0].max_mhz;
	return MIN(mhz, (uint64_t)MHZ_MAX);
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

/* What its processors did, spread over those that it will have. */
static int measured_mhz(struct plan *plan, struct partition *p, const struct load *load,
			struct error *err)
{
	uint64_t threads, old = old_mhz(&p->guest, &threads), limit = whole_core(&plan->host), mhz;

	if (!old) {
		error_set(err, ERR_FORMAT, "the load of guest '%s' is a share of its old PC, whose speed "
			  "is not known", p->name);
		return error_hint(err, "give mhz= for it in line.xml, or keep the capture with its "
				  "machine.xml beside the guest");
	}
	mhz = old * MIN(threads, UINT64_C(1024)) * (uint64_t)load->cpu_permille / 1000;
	mhz = (mhz + p->vcpus - 1) / p->vcpus * VIRTUALIZATION_PERCENT / 100;
	p->mhz = MIN(MAX(mhz, (uint64_t)MHZ_LEAST), limit);
	report_add(&plan->findings, FINDING_NOTE, p->name, "measured: 95 %% of the time its processors "
		   "did %d %% or less: %" PRIu64 " MHz for each processor is planned",
		   (int)(load->cpu_permille + 9) / 10, p->mhz);
	if (mhz > limit)
		report_add(&plan->findings, FINDING_WARNING, p->name, "it needs %" PRIu64 " MHz, more than a "
			   "core of this host gives to shared guests", mhz);
	return 0;
}

static int default_mhz(struct plan *plan, struct partition *p, const struct line_guest *wish,
		       const struct load *load, struct error *err)
{
	uint64_t limit = whole_core(&plan->host), old, threads;

	if (p->class != CLASS_SHARED)
		return 0;
	if (wish && wish->mhz) {
		p->mhz = wish->mhz;
		return 0;
	}
	if (load && load->cpu_permille >= 0 && !p->guest.spins)
		return measured_mhz(plan, p, load, err);
	old = old_mhz(&p->guest, &threads) * VIRTUALIZATION_PERCENT / 100;
	p->mhz = old && !p->guest.spins ? MIN(old, limit) : limit;
	report_remedy(report_add(&plan->findings, FINDING_NOTE, p->name,
				 "its load was not measured: %s, %" PRIu64 " MHz for each processor, "
				 "is planned", old && old < limit && !p->guest.spins
						? "the speed of the old PC" : "a whole core", p->mhz),
		      "measure the old PC and give the export with --load, or mhz= in line.xml");
	return 0;
}

/* The most that was in use and a quarter more; never more than the old PC had. */
static void measured_memory(struct plan *plan, struct partition *p, const struct load *load)
{
	const uint64_t step = MEMORY_STEP_MIB * MIB;
	uint64_t need;

	if (!load->memory || load->memory > UINT64_C(1) << 46)
		return;
	need = MAX(load->memory / 100 * MEMORY_PERCENT, MEMORY_LEAST_MIB * MIB);
	need = (need + step - 1) / step * step;
	if (need >= p->memory)
		return;
	p->memory = need;
	report_remedy(report_add(&plan->findings, FINDING_NOTE, p->name,
				 "measured: its programs used %" PRIu64 " MiB at most: %" PRIu64 " MiB "
				 "are planned instead of the %" PRIu64 " MiB of the old PC",
				 load->memory / MIB, need / MIB, p->guest.memory / MIB),
		      "memory= in line.xml overrules this");
}

static int read_load(struct plan *plan, const struct partition *p, const struct line_guest *wish,
		     struct load *ret, struct error *err)
{
	if (load_read(ret, wish->load, err) < 0)
		return error_wrap(err, "load of guest '%s'", p->name);
	if (ret->cpu_permille >= 0 && ret->n < LOAD_FEW)
		report_remedy(report_add(&plan->findings, FINDING_WARNING, p->name,
					 "its load was measured with no more than %zu samples", ret->n),
			      "measure over whole shifts, a start and an end of the week");
	return 0;
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
	struct load load = { 0 };
	bool measured = wish && wish->load;

	if (measured && read_load(plan, p, wish, &load, err) < 0)
		return -1;
	p->class = default_class(plan, p, wish);
	p->vcpus = wish && wish->cores ? wish->cores : p->guest.vcpus;
	p->memory = p->guest.memory;
	p->node = -1;
	if (wish && wish->memory && parse_size(wish->memory, &p->memory, err) < 0)
		return error_wrap(err, "memory of guest '%s'", p->name);
	if (measured && !wish->memory)
		measured_memory(plan, p, &load);
	p->iops = wish && wish->iops ? wish->iops : load.iops;
	if (p->vcpus == 0 || p->iops > IOPS_MAX || p->vcpus > 1024 || p->memory > UINT64_C(1) << 46 || p->memory < MIB ||
	    (wish && wish->mhz > MHZ_MAX))
		return error_set(err, ERR_FORMAT, "guest '%s' asks for %" PRIu64 " processors and %"
				 PRIu64 " bytes, which is out of range", p->name, p->vcpus, p->memory);
	p->overhead = overhead_of(p->guest.target, &plan->host, p->memory, p->vcpus);
	p->priority = wish ? wish->priority : 0;
	p->start_order = wish ? wish->start_order : 0;
	p->started_by = wish && wish->started_by ? xstrdup(wish->started_by) : NULL;
	p->memory_at = wish ? wish->memory_at : 0;
	for (size_t i = 0; wish && i < wish->n_depends; i++)
		APPEND(p->depends, p->n_depends)->on = xstrdup(wish->depends[i].on);
	return default_mhz(plan, p, wish, measured ? &load : NULL, err);
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

/* Depth first from @p back to @goal; @seen keeps it from walking in other circles for ever. */
static bool find_way(struct plan *plan, const struct partition *p, const struct partition *goal,
		     bool *seen, struct strv *way)
{
	for (size_t k = 0; k < p->n_depends; k++) {
		const struct partition *on = find_partition(plan, p->depends[k].on);

		if (on != goal && seen[on - plan->partitions])
			continue;
		seen[on - plan->partitions] = true;
		if (on != goal && !find_way(plan, on, goal, seen, way))
			continue;
		strv_add(way, on->name);
		return true;
	}
	return false;
}

/* "a -> b -> a": the first circle, in the order of the plan. */
static char *find_circle(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_partitions; i++) {
		CLEANUP_FREE bool *seen = xcalloc(plan->n_partitions, sizeof(*seen));
		struct strv way CLEANUP_STRV = STRV_INIT, names CLEANUP_STRV = STRV_INIT;

		if (!find_way(plan, &plan->partitions[i], &plan->partitions[i], seen, &way))
			continue;
		strv_add(&names, plan->partitions[i].name);
		for (size_t k = way.n; k > 0; k--)
			strv_add(&names, way.v[k - 1]);
		return strv_join(&names, " -> ");
	}
	return xstrdup("not found");
}

int plan_start_order(struct plan *plan, struct error *err)
{
	CLEANUP_FREE char *circle = NULL;
	bool changed = true;

	for (size_t i = 0; changed && i <= plan->n_partitions; i++)
		if (raise_orders(plan, &changed, err) < 0)
			return -1;
	if (!changed)
		return 0;
	circle = find_circle(plan);
	error_set(err, ERR_FORMAT, "the dependences run in a circle: %s", circle);
	return error_hint(err, "take one of these 'depends' out of line.xml");
}
