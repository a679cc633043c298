// SPDX-License-Identifier: GPL-2.0-or-later
/* The second opinion on a plan: processors, order and the price that the plan claims. */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/plan_check.h"
#include "lib/plan_processors.h"

void check_broken(struct check *c, const char *subject, const char *fmt, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	report_add(c->ret, FINDING_ERROR, subject, "%s", text);
}

const struct machine_thread *check_thread(const struct machine *m, uint32_t cpu)
{
	for (size_t i = 0; i < m->n_threads; i++)
		if (m->threads[i].cpu == cpu)
			return &m->threads[i];
	return NULL;
}

static bool on_one_core(const struct machine_thread *a, const struct machine_thread *b)
{
	return a->core == b->core && a->package == b->package && a->die == b->die;
}

static struct cpuset parse_or_empty(const char *list)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct cpuset s = CPUSET_INIT;

	cpulist_parse(list, &s, &err);
	return s;
}

/* All partitions' processor lists, once. */
static bool read_lists(struct check *c)
{
	const struct plan *plan = c->plan;
	bool good = true;

	c->cpus = xcalloc(plan->n_partitions + 1, sizeof(*c->cpus));
	for (size_t i = 0; i < plan->n_partitions; i++) {
		struct error err CLEANUP_ERROR = ERROR_INIT;

		if (cpulist_parse(plan->partitions[i].cpus, &c->cpus[i], &err) == 0)
			continue;
		check_broken(c, plan->partitions[i].name, "%s", err.msg);
		good = false;
	}
	c->reserve = parse_or_empty(plan->host.reserve_cpus);
	c->isolated = parse_or_empty(plan->host.isolated);
	return good;
}

static void check_list(struct check *c, size_t i)
{
	const struct partition *p = &c->plan->partitions[i];
	const struct machine *m = &c->plan->host;

	if (cpuset_count(&c->cpus[i]) != p->vcpus)
		check_broken(c, p->name, "it has %" PRIu64 " virtual processors and %" PRIu32
			     " of the host", p->vcpus, cpuset_count(&c->cpus[i]));
	for (uint32_t cpu = 0; cpu < CPU_MAX; cpu++) {
		if (!cpuset_has(&c->cpus[i], cpu))
			continue;
		if (!check_thread(m, cpu))
			check_broken(c, p->name, "the host has no processor %" PRIu32, cpu);
		else if (cpuset_has(&c->reserve, cpu))
			check_broken(c, p->name, "the host keeps processor %" PRIu32 " for itself", cpu);
	}
}

/* May partition @i (on thread @a) have partition @k on the neighbouring thread @b, or on the same? */
static void check_pair(struct check *c, size_t i, size_t k, const struct machine_thread *a,
		       const struct machine_thread *b)
{
	const struct partition *p = &c->plan->partitions[i], *q = &c->plan->partitions[k];

	if (a->cpu == b->cpu && (p->class != CLASS_SHARED || q->class != CLASS_SHARED))
		check_broken(c, p->name, "processor %" PRIu32 " is also given to %s", a->cpu, q->name);
	else if (p->class == CLASS_RT || q->class == CLASS_RT)
		check_broken(c, p->class == CLASS_RT ? p->name : q->name,
			     "its core is not its own: processors %" PRIu32 " and %" PRIu32
			     " are one core, and %s has a part of it", a->cpu, b->cpu,
			     p->class == CLASS_RT ? q->name : p->name);
	else if (p->class != q->class)
		check_broken(c, p->name, "processors %" PRIu32 " and %" PRIu32 " are one core, which "
			     "it cannot have together with %s: one is pinned, the other shared",
			     a->cpu, b->cpu, q->name);
}

static void check_neighbours(struct check *c)
{
	const struct machine *m = &c->plan->host;

	for (size_t a = 0; a < m->n_threads; a++)
		for (size_t b = 0; b < m->n_threads; b++) {
			const struct machine_thread *x = &m->threads[a], *y = &m->threads[b];

			if (!on_one_core(x, y))
				continue;
			for (size_t i = 0; i < c->plan->n_partitions; i++)
				for (size_t k = i + 1; k < c->plan->n_partitions; k++)
					if (cpuset_has(&c->cpus[i], x->cpu) &&
					    cpuset_has(&c->cpus[k], y->cpu))
						check_pair(c, i, k, x, y);
		}
}

static void check_rt(struct check *c, size_t i)
{
	const struct partition *p = &c->plan->partitions[i];
	const struct machine *m = &c->plan->host;

	for (size_t t = 0; t < m->n_threads; t++) {
		const struct machine_thread *x = &m->threads[t];

		if (!cpuset_has(&c->cpus[i], x->cpu))
			continue;
		if (cpuset_count(&c->isolated) && !cpuset_has(&c->isolated, x->cpu))
			check_broken(c, p->name, "processor %" PRIu32 " is not isolated", x->cpu);
		for (size_t u = 0; u < m->n_threads; u++) {
			const struct machine_thread *y = &m->threads[u];

			if (!on_one_core(x, y))
				continue;
			if (y->cpu == 0)
				check_broken(c, p->name, "its core holds processor 0, where the host's "
					     "interrupts and timers run");
			if (cpuset_has(&c->reserve, y->cpu))
				check_broken(c, p->name, "the host keeps processor %" PRIu32
					     " of its core", y->cpu);
			if (y != x && cpuset_has(&c->cpus[i], y->cpu) && y->cpu > x->cpu)
				check_broken(c, p->name, "processors %" PRIu32 " and %" PRIu32
					     " are one core: one of them must stay idle", x->cpu,
					     y->cpu);
		}
	}
}

static uint64_t nominal_mhz(const struct machine_thread *t)
{
	return t->base_mhz ? t->base_mhz : t->max_mhz ? t->max_mhz : 1000;
}

/* A core's speed counts once, however many threads it has; what the host keeps of it is gone. */
static void check_speed(struct check *c, const struct machine_thread *first)
{
	const struct machine *m = &c->plan->host;
	uint64_t load = 0, threads = 0, open = 0, room;

	for (size_t t = 0; t < m->n_threads; t++) {
		const struct machine_thread *x = &m->threads[t];

		if (!on_one_core(first, x))
			continue;
		if (x->cpu < first->cpu)
			return;		/* this core was looked at already */
		threads++;
		open += !cpuset_has(&c->reserve, x->cpu);
		for (size_t i = 0; i < c->plan->n_partitions; i++)
			if (c->plan->partitions[i].class == CLASS_SHARED &&
			    cpuset_has(&c->cpus[i], x->cpu))
				load += c->plan->partitions[i].mhz;
	}
	room = nominal_mhz(first) * (100 - MIN(m->spare_percent, UINT64_C(90))) / 100 * open / threads;
	if (load > room)
		check_broken(c, "processors", "%" PRIu64 " MHz are promised on the core of processor %"
			     PRIu32 ", which has %" PRIu64 " to give", load, first->cpu, room);
}

static void check_processors(struct check *c)
{
	for (size_t i = 0; i < c->plan->n_partitions; i++) {
		check_list(c, i);
		if (c->plan->partitions[i].class == CLASS_RT)
			check_rt(c, i);
	}
	check_neighbours(c);
	for (size_t t = 0; t < c->plan->host.n_threads; t++)
		check_speed(c, &c->plan->host.threads[t]);
}

static const struct partition *partition_called(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->n_partitions; i++)
		if (strcmp(plan->partitions[i].name, name) == 0)
			return &plan->partitions[i];
	return NULL;
}

/* A start order that rises along every dependence also proves that there is no circle. */
static void check_order(struct check *c)
{
	for (size_t i = 0; i < c->plan->n_partitions; i++) {
		const struct partition *p = &c->plan->partitions[i];

		for (size_t k = 0; k < p->n_depends; k++) {
			const struct partition *on = partition_called(c->plan, p->depends[k].on);

			if (!on)
				check_broken(c, p->name, "it depends on '%s', which is not in the plan",
					     p->depends[k].on);
			else if (p->start_order <= on->start_order)
				check_broken(c, p->name, "it starts before '%s', on which it depends",
					     on->name);
		}
		if (partition_called(c->plan, p->name) != p)
			check_broken(c, p->name, "two partitions have this name");
	}
}

void plan_verify(const struct plan *plan, struct report *ret)
{
	struct check c = { .plan = plan, .ret = ret };

	plan_processors_fit(plan, ret);
	if (read_lists(&c)) {
		check_processors(&c);
		check_order(&c);
		check_memory(&c);
		check_cache(&c);
		check_devices(&c);
		check_disk(&c);
		check_price(&c);
	}
	free(c.cpus);
}
