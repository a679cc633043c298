// SPDX-License-Identifier: GPL-2.0-or-later
/* A plan in words, and as a list of cables. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
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

static void explain_partition(const struct partition *p, FILE *out)
{
	CLEANUP_FREE char *memory = format_size(p->memory), *more = format_size(p->overhead);

	fprintf(out, "%s\n  %s\n", p->name, class_rule(p->class));
	fprintf(out, "  processors %s: all behind one cache, of one type, in one memory node\n",
		p->cpus);
	if (p->mhz)
		fprintf(out, "  speed: %" PRIu64 " MHz are set aside for each of %" PRIu64
			" virtual processors\n", p->mhz, p->vcpus);
	fprintf(out, "  memory: %s, and %s for its virtual machine, in node %" PRId64 "\n", memory,
		more, p->node);
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
		explain_partition(&plan->partitions[i], out);
	fprintf(out, "cost %" PRIu64 ": 1000 for each core in use, 10 for memory behind another node, "
		"1 for a performance core without need\n", plan->cost);
}

static const char *dash(const char *text)
{
	return text && *text ? text : "-";
}

void plan_print_wiring(const struct plan *plan, FILE *out)
{
	static const char form[] = "%-16s %-12s %-16s %-14s %s\n";

	fprintf(out, form, "OLD PC", "OLD PORT", "ON THE BOX", "HOST", "IN THE GUEST");
	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *p = &plan->partitions[i];

		for (size_t k = 0; k < p->n_devices; k++)
			fprintf(out, form, p->name, dash(p->devices[k].role),
				dash(p->devices[k].label), dash(p->devices[k].host),
				dash(p->devices[k].role));
	}
}
