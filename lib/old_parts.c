// SPDX-License-Identifier: GPL-2.0-or-later
/* What was made for one kind of PC, and cannot be had everywhere. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/old_parts.h"

/* Who has a driver of its own reads by block numbers; its loader and boot records do not. */
static void report_geometry(const struct guest *g, const char *who, const char *subject, struct report *ret)
{
	const char *access = g->legacy.disk_access;
	bool own = access && strcmp(access, "own") == 0;

	for (size_t i = 0; i < g->n_disks; i++)
		if (g->disks[i].heads)
			report_remedy(report_add(ret, FINDING_WARNING, subject,
						 "%s cannot give disk %zu its %" PRIu64 " cylinders, %" PRIu64
						 " heads and %" PRIu64 " sectors: the BIOS chooses them", who, i,
						 g->disks[i].cylinders, g->disks[i].heads, g->disks[i].sectors),
				      own ? "only its boot records and its loader count so, its own driver does not: if the "
					    "trial shows that it starts, all is well"
					  : "a system that counts so may not start, or damage its disk: try it on a copy, or "
					    "give it to target qemu");
}

static void report_machine(const struct guest_legacy *l, const struct port_limits *limits, const char *who,
			   const char *subject, struct report *ret)
{
	if (l->sound && limits->no_sound)
		report_remedy(report_add(ret, FINDING_WARNING, subject, "%s has no sound card (%s)", who, l->sound),
			      "switch its sound off, or give it to target qemu");
	if (l->floppy && limits->no_floppy)
		report_add(ret, FINDING_WARNING, subject, "%s has no floppy drive", who);
	if (l->present && !l->acpi && limits->own_acpi)
		report_add(ret, FINDING_WARNING, subject, "%s's machines show tables of ACPI, which this system was "
			   "not to see", who);
	if (l->cpu && limits->own_processor)
		report_add(ret, FINDING_WARNING, subject, "%s gives it the processor of the host, not a %s", who, l->cpu);
}

void old_parts_report(const struct guest *g, const struct port_limits *limits, const char *who, const char *subject,
		      struct report *ret)
{
	if (!limits)
		return;
	report_machine(&g->legacy, limits, who, subject, ret);
	if (limits->no_geometry)
		report_geometry(g, who, subject, ret);
	for (size_t i = 0; i < g->n_parallels && limits->no_parallel; i++)
		report_remedy(report_add(ret, FINDING_WARNING, subject, "%s has no printer ports: %s is lost", who,
					 g->parallels[i].old),
			      "give the guest to target qemu if a program in it uses it");
}

void old_parts_drop(struct guest *g, const struct port_limits *limits, const char *who, struct report *ret)
{
	struct guest_legacy *l = &g->legacy;

	old_parts_report(g, limits, who, g->name, ret);
	if (!limits)
		return;
	if (limits->no_sound)
		free(STEAL(l->sound));
	if (limits->own_processor)
		free(STEAL(l->cpu));
	l->floppy = l->floppy && !limits->no_floppy;
	l->acpi = l->acpi || limits->own_acpi;
	for (size_t i = 0; i < g->n_disks && limits->no_geometry; i++)
		g->disks[i].cylinders = g->disks[i].heads = g->disks[i].sectors = 0;
	for (; g->n_parallels && limits->no_parallel; g->n_parallels--)
		free(g->parallels[g->n_parallels - 1].old);
}
