// SPDX-License-Identifier: GPL-2.0-or-later
/* A plan in words, and as a list of cables. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/base/strv.h"
#include "lib/cpulist.h"
#include "lib/plan_view.h"

static const char *class_rule(enum partition_class class)
{
	switch (class) {
	case CLASS_RT:
		return "real-time: whole cores, whose other threads stay idle, never processor 0, and "
		       "memory in the same node";
	case CLASS_PINNED:
		return "pinned: threads that no other guest uses";
	default:
		return "shared: it shares cores with other guests, by speed";
	}
}

static void explain_devices(const struct partition *p, FILE *out)
{
	for (size_t i = 0; i < p->n_devices; i++) {
		const struct partition_device *d = &p->devices[i];

		fprintf(out, "  %s: %s %s%s%s%s\n", d->role, d->kind, d->host, d->label ? ", '" : "",
			d->label ? d->label : "",
			d->label ? "' on the box" : "");
	}
}

static const struct machine_thread *thread_of(const struct machine *m, uint32_t cpu)
{
	for (size_t i = 0; i < m->n_threads; i++)
		if (m->threads[i].cpu == cpu)
			return &m->threads[i];
	return NULL;
}

static void add_company(const struct plan *plan, uint32_t core, uint32_t package, int64_t die,
			enum partition_class class, const struct partition *self, struct strv *names)
{
	const struct machine *m = &plan->host;

	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *p = &plan->partitions[i];
		struct error err CLEANUP_ERROR = ERROR_INIT;
		struct cpuset cpus = CPUSET_INIT;
		bool here = false;

		if (p == self || p->class != class || cpulist_parse(p->cpus, &cpus, &err) < 0)
			continue;
		for (size_t t = 0; t < m->n_threads; t++)
			here |= m->threads[t].core == core && m->threads[t].package == package &&
				m->threads[t].die == die && cpuset_has(&cpus, m->threads[t].cpu);
		if (here && !strv_has(names, p->name))
			strv_add(names, p->name);
	}
}

/* Who else is on its cores, and what each of them has left. */
static void explain_company(const struct plan *plan, const struct partition *p, FILE *out)
{
	struct strv names CLEANUP_STRV = STRV_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct cpuset cpus = CPUSET_INIT;
	CLEANUP_FREE char *list = NULL;

	if (p->class == CLASS_RT || cpulist_parse(p->cpus, &cpus, &err) < 0)
		return;
	for (uint32_t cpu = 0; cpu < CPU_MAX; cpu++) {
		const struct machine_thread *t = cpuset_has(&cpus, cpu) ? thread_of(&plan->host, cpu)
									: NULL;
		if (t)
			add_company(plan, t->core, t->package, t->die, p->class, p, &names);
	}
	list = strv_join(&names, ", ");
	if (names.n)
		fprintf(out, "  together with %s: a core in use costs nothing more\n", list);
	else
		fprintf(out, "  alone on its cores%s\n", strcmp(plan->answer, "optimal") == 0
				? ": no plan that keeps all rules uses fewer" : "");
}

static const char *core_type(const struct plan *plan, const struct partition *p)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct cpuset cpus = CPUSET_INIT;
	bool hybrid = false;

	for (size_t i = 0; i < plan->host.n_threads; i++)
		hybrid |= plan->host.threads[i].efficiency == TRI_YES;
	if (!hybrid || cpulist_parse(p->cpus, &cpus, &err) < 0)
		return "";
	for (uint32_t cpu = 0; cpu < CPU_MAX; cpu++) {
		const struct machine_thread *t = cpuset_has(&cpus, cpu) ? thread_of(&plan->host, cpu)
									: NULL;
		if (t)
			return t->efficiency == TRI_YES
				       ? ", efficiency cores: it needs no others, and leaves the fast ones free"
				       : ", performance cores";
	}
	return "";
}

static void explain_partition(const struct plan *plan, const struct partition *p, FILE *out)
{
	CLEANUP_FREE char *memory = format_size(p->memory), *more = format_size(p->overhead);

	fprintf(out, "%s\n  %s\n", p->name, class_rule(p->class));
	fprintf(out, "  processors %s: all behind one cache, of one type, in one memory node%s\n",
		p->cpus, core_type(plan, p));
	explain_company(plan, p, out);
	if (p->mhz)
		fprintf(out, "  speed: %" PRIu64 " MHz are set aside for each of %" PRIu64
			" virtual processors\n", p->mhz, p->vcpus);
	fprintf(out, "  memory: %s, and %s for its virtual machine (%s), in node %" PRId64 "\n", memory,
		more, p->guest.target ? p->guest.target : "qemu", p->node);
	if (p->iops)
		fprintf(out, "  disk: %" PRIu64 " operations a second\n", p->iops);
	if (p->cache_ways)
		fprintf(out, "  cache: %d ways of L%" PRIu32 " cache %" PRIu32
			" for it alone (mask 0x%" PRIx64 "), outside those that devices use\n",
			__builtin_popcountll(p->cache_ways), p->cache_level, p->cache_id,
			p->cache_ways);
	explain_devices(p, out);
	for (size_t i = 0; i < p->n_depends; i++)
		fprintf(out, "  starts after %s\n", p->depends[i].on);
}

void plan_print_explanation(const struct plan *plan, FILE *out)
{
	for (size_t i = 0; i < plan->n_partitions; i++)
		explain_partition(plan, &plan->partitions[i], out);
	fprintf(out, "cost %" PRIu64 ": 1000 for each core in use, 10 for memory behind another node, "
		"1 for a performance core without need\n", plan->cost);
}

static const char *dash(const char *text)
{
	return text && *text ? text : "-";
}

/* What the guest calls it: the port as it was, for systems that number ports; else its role. */
static char *port_in_guest(const struct partition *p, const struct partition_device *d)
{
	for (size_t i = 0; i < p->guest.n_serials; i++) {
		const struct guest_serial *s = &p->guest.serials[i];

		if (strcmp(s->old, d->role) == 0 && s->port && s->irq)
			return xasprintf("%s (0x%" PRIx64 ", irq %" PRIu64 ")", s->old, s->port, s->irq);
	}
	return xstrdup(dash(d->role));
}

void plan_print_wiring(const struct plan *plan, FILE *out)
{
	static const char form[] = "%-16s %-12s %-16s %-14s %s\n";

	fprintf(out, form, "OLD PC", "OLD PORT", "ON THE BOX", "HOST", "IN THE GUEST");
	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *p = &plan->partitions[i];

		for (size_t k = 0; k < p->n_devices; k++) {
			CLEANUP_FREE char *port = port_in_guest(p, &p->devices[k]);

			fprintf(out, form, p->name, dash(p->devices[k].role),
				dash(p->devices[k].label), dash(p->devices[k].host), port);
		}
	}
}
