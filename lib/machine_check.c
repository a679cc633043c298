// SPDX-License-Identifier: GPL-2.0-or-later
/* The semantic pass over a profile: processors, memory, reserve; and what planning misses. */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/machine_check_private.h"

static const char profile_again[] = "make the profile again, or correct it by hand";

void machine_wrong(struct machine_checking *c, const char *element, const char *remedy,
		   const char *fmt, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	report_remedy(report_add(c->ret, FINDING_ERROR, element, "%s", text), "%s",
		      remedy ? remedy : profile_again);
}

/* false: there are so many or so absurd threads that nothing else makes sense. */
static bool check_threads(struct machine_checking *c)
{
	const struct machine *m = c->m;

	if (m->n_threads > CPU_MAX) {
		machine_wrong(c, "threads", "describe one host, not a cluster", "%zu threads are "
			      "described; no more than %d can be planned", m->n_threads, CPU_MAX);
		return false;
	}
	for (size_t i = 0; i < m->n_threads; i++) {
		const struct machine_thread *t = &m->threads[i];

		if (t->cpu >= CPU_MAX) {
			machine_wrong(c, "thread", "number processors as Linux does, from 0 on",
				      "processor %" PRIu32 " is beyond the %d that can be planned",
				      t->cpu, CPU_MAX);
			return false;
		}
		if (cpuset_has(&c->cpus, t->cpu))
			machine_wrong(c, "thread", "give each thread a number of its own",
				      "processor %" PRIu32 " is described twice", t->cpu);
		cpuset_add(&c->cpus, t->cpu);
		if (t->max_mhz && t->base_mhz > t->max_mhz)
			machine_wrong(c, "thread", NULL, "processor %" PRIu32 " has the base speed %"
				      PRIu32 " MHz, above its greatest, %" PRIu32, t->cpu, t->base_mhz,
				      t->max_mhz);
	}
	return true;
}

/* Threads of one core agree in what belongs to the core. */
static void check_cores(struct machine_checking *c)
{
	const struct machine *m = c->m;

	for (size_t i = 0; i < m->n_threads; i++)
		for (size_t k = 0; k < i; k++) {
			const struct machine_thread *a = &m->threads[k], *b = &m->threads[i];

			if (a->core != b->core || a->package != b->package || a->die != b->die)
				continue;
			if (a->node != b->node)
				machine_wrong(c, "thread", NULL, "processors %" PRIu32 " and %" PRIu32
					      " are one core, but in memory nodes %" PRIu32 " and %"
					      PRIu32, a->cpu, b->cpu, a->node, b->node);
			if (a->efficiency != b->efficiency)
				machine_wrong(c, "thread", NULL, "processors %" PRIu32 " and %" PRIu32
					      " are one core, but one of them is an efficiency core",
					      a->cpu, b->cpu);
		}
}

/* A list of processors in an attribute: readable, and of processors that there are. */
static bool check_list(struct machine_checking *c, const char *element, const char *attribute,
		       const char *list, struct cpuset *ret)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;

	*ret = (struct cpuset)CPUSET_INIT;
	if (!list)
		return true;
	if (cpulist_parse(list, ret, &err) < 0) {
		machine_wrong(c, element, "write it as Linux does: 0-3,8", "%s=\"%s\": %s", attribute,
			      list, err.msg);
		return false;
	}
	if (cpuset_within(ret, &c->cpus))
		return true;
	machine_wrong(c, element, NULL, "%s=\"%s\" names processors that are not described, or not online",
		      attribute, list);
	return false;
}

static void check_reserve(struct machine_checking *c)
{
	const struct machine *m = c->m;
	uint64_t memory = m->usable ? m->usable : m->memory;
	struct cpuset set;
	CLEANUP_FREE char *keep = format_size(m->reserve_memory), *have = format_size(memory);

	if (check_list(c, "reserve", "cpus", m->reserve_cpus, &set) && m->n_threads &&
	    cpuset_count(&set) >= cpuset_count(&c->cpus))
		machine_wrong(c, "reserve", "leave some for guests", "cpus=\"%s\" are all processors that "
			      "there are", m->reserve_cpus);
	if (memory && m->reserve_memory >= memory)
		machine_wrong(c, "reserve", "leave some for guests", "memory=\"%" PRIu64 "\" (%s) is no less "
			      "than there is, %s", m->reserve_memory, keep, have);
	for (size_t i = 0; m->images && i < m->n_disks; i++)
		if (strcmp(m->disks[i].name, m->images) == 0)
			return;
	if (m->images)
		machine_wrong(c, "reserve", "name a disk of the profile", "images=\"%s\" is none of the %zu "
			      "disks", m->images, m->n_disks);
}

static void check_node(struct machine_checking *c, size_t i)
{
	const struct machine *m = c->m;
	const struct machine_node *n = &m->nodes[i];
	struct cpuset set;

	for (size_t k = 0; k < i; k++)
		if (m->nodes[k].id == n->id)
			machine_wrong(c, "node", NULL, "memory node %" PRIu32 " is described twice", n->id);
	if (!check_list(c, "node", "cpus", n->cpus, &set))
		return;
	for (size_t t = 0; t < m->n_threads; t++)
		if (cpuset_has(&set, m->threads[t].cpu) && m->threads[t].node != n->id)
			machine_wrong(c, "node", NULL, "node %" PRIu32 " lists processor %" PRIu32 ", which "
				      "says node=\"%" PRIu32 "\"", n->id, m->threads[t].cpu,
				      m->threads[t].node);
	for (size_t t = 0; cpuset_count(&set) && t < m->n_threads; t++)
		if (m->threads[t].node == n->id && !cpuset_has(&set, m->threads[t].cpu)) {
			machine_wrong(c, "node", NULL, "processor %" PRIu32 " says node=\"%" PRIu32 "\", and "
				      "cpus=\"%s\" of that node does not hold it", m->threads[t].cpu, n->id,
				      n->cpus);
			break;
		}
}

static void check_memory(struct machine_checking *c)
{
	const struct machine *m = c->m;
	uint64_t sum = 0;

	for (size_t i = 0; i < m->n_nodes && m->n_nodes <= CPU_MAX; i++) {
		check_node(c, i);
		if (ADD_OVERFLOW(sum, m->nodes[i].memory, &sum))
			sum = UINT64_MAX;
	}
	if (m->memory && m->usable > m->memory)
		machine_wrong(c, "memory", NULL, "usable=\"%" PRIu64 "\" is more than size=\"%" PRIu64 "\"",
			      m->usable, m->memory);
	if (m->memory && sum > m->memory)
		machine_wrong(c, "nodes", NULL, "the nodes have %" PRIu64 " bytes together, more than "
			      "size=\"%" PRIu64 "\" of 'memory'", sum, m->memory);
	for (size_t i = 0; i < m->n_ranges; i++)
		if (m->ranges[i].start > m->ranges[i].end)
			machine_wrong(c, "range", NULL, "start=\"0x%" PRIx64 "\" is behind end=\"0x%" PRIx64
				      "\"", m->ranges[i].start, m->ranges[i].end);
}

void machine_check(const struct machine *m, struct report *ret)
{
	struct machine_checking c = { .m = m, .ret = ret };
	struct cpuset set;

	if (!check_threads(&c))
		return;
	check_cores(&c);
	if (m->n_threads) {
		check_list(&c, "cpus", "online", m->online, &set);
		check_list(&c, "cpus", "isolated", m->isolated, &set);
		check_list(&c, "cpus", "nohz-full", m->nohz_full, &set);
	}
	check_memory(&c);
	check_reserve(&c);
	machine_check_caches(&c);
	machine_check_devices(&c);
}

int machine_refuse(const struct machine *m, struct error *err)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;
	const struct finding *f;

	machine_check(m, &report);
	f = report_first_error(&report);
	if (!f)
		return 0;
	error_set(err, ERR_FORMAT, "the profile '%s' contradicts itself: %s: %s", m->name, f->subject,
		  f->text);
	return error_hint(err, "%s; 'rehost validate' lists all that is wrong with a profile", f->remedy);
}

int machine_refuse_planning(const struct machine *m, struct error *err)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;
	const struct finding *f;

	if (machine_refuse(m, err) < 0)
		return -1;
	machine_check_planning(m, &report);
	f = report_first_error(&report);
	if (!f)
		return 0;
	error_set(err, ERR_UNSUPPORTED, "the profile '%s' is not enough: %s", m->name, f->text);
	return error_hint(err, "%s", f->remedy);
}

static void missing(struct report *ret, enum severity severity, const struct machine *m,
		    const char *fact, const char *effect, const char *remedy)
{
	const char *why = machine_lacks(m, fact);

	report_remedy(report_add(ret, severity, fact, "%s%s%s%s", effect, why ? " (" : "", why ? why : "",
				 why ? ")" : ""), "%s", remedy);
}

static bool any_label(const struct machine *m)
{
	for (size_t i = 0; i < m->n_serials; i++)
		if (m->serials[i].label)
			return true;
	for (size_t i = 0; i < m->n_nics; i++)
		if (m->nics[i].label)
			return true;
	return false;
}

static bool any_divisible(const struct machine *m)
{
	for (size_t i = 0; i < m->n_caches; i++)
		if (m->caches[i].cat_bits)
			return true;
	return false;
}

/* Ports on the ISA bus do not share a line: the guest that has one answers for the other, or not. */
static void check_interrupts(const struct machine *m, struct report *ret)
{
	for (size_t i = 0; i < m->n_serials; i++)
		for (size_t k = 0; k < i; k++) {
			const struct machine_serial *a = &m->serials[k], *b = &m->serials[i];
			bool both_own = a->usage && b->usage && strcmp(a->usage, "host") == 0 &&
					strcmp(b->usage, "host") == 0;

			if (a->irq != b->irq || a->irq <= 0 || !a->port || !b->port || a->bdf || b->bdf ||
			    both_own)
				continue;
			report_remedy(report_add(ret, FINDING_WARNING, "serial", "irq=\"%" PRId64 "\" is claimed "
						 "by both %s and %s: a guest that has one of them loses what "
						 "arrives at the other", (int64_t)a->irq, a->name, b->name),
				      "give them different interrupts in the firmware set-up, or give away only "
				      "one and switch the other off");
			break;
		}
}

void machine_check_planning(const struct machine *m, struct report *ret)
{
	bool speed = m->n_threads != 0, measured = false;

	for (size_t i = 0; i < m->n_threads; i++)
		speed &= m->threads[i].base_mhz || m->threads[i].max_mhz;
	for (size_t i = 0; i < m->n_disks; i++)
		measured |= m->disks[i].read_iops != 0;
	if (m->n_threads == 0)
		missing(ret, FINDING_ERROR, m, "topology", "without its processors no plan can be made",
			"make a profile on the host itself, or with --collect");
	if (!m->usable && !m->memory)
		missing(ret, FINDING_ERROR, m, "memory", "without its memory no plan can be made",
			"make a profile on the host itself, or give size= of 'memory'");
	if (m->n_threads && !speed)
		missing(ret, FINDING_WARNING, m, "base-mhz", "processors whose speed is not known count as "
			"1000 MHz", "give base-mhz= of each 'thread', from the data sheet");
	if (m->n_groups == 0)
		missing(ret, FINDING_WARNING, m, "iommu-groups", "no PCI function can be given to a guest",
			"make the profile on the host itself, with the IOMMU on");
	if (m->n_disks == 0)
		missing(ret, FINDING_WARNING, m, "disks", "no storage controller can be given to a guest: the "
			"host may start from it", "make the profile on the host itself");
	if (m->n_nics == 0)
		missing(ret, FINDING_WARNING, m, "nics", "no network card can be lent, and it is not known which "
			"one the host needs", "add them with name=, bdf= and usage=");
	if (!any_divisible(m))
		missing(ret, FINDING_NOTE, m, "cat", "no guest can get cache ways of its own",
			"if the processor can divide its cache: mount -t resctrl resctrl /sys/fs/resctrl");
	if (!measured)
		missing(ret, FINDING_NOTE, m, "disk-speed", "the rate of its disks is not checked",
			"rehost profile --measure");
	check_interrupts(m, ret);
	if ((m->n_serials || m->n_nics) && !any_label(m))
		report_remedy(report_add(ret, FINDING_NOTE, "labels", "no port has the text that is printed on "
					 "the box beside it"),
			      "add them: rehost profile --label ttyS1=X5");
}
