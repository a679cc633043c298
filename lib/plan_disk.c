// SPDX-License-Identifier: GPL-2.0-or-later
/* Disk rate: what the guests need together against what the host's disk was measured to do. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"
#include "lib/plan_disk.h"

/* The disk that the operator names; else the fastest of those that the host runs from. */
static const struct machine_disk *image_disk(const struct machine *m)
{
	const struct machine_disk *best = NULL;

	for (size_t i = 0; i < m->n_disks; i++) {
		const struct machine_disk *d = &m->disks[i];

		if (m->images ? strcmp(d->name, m->images) == 0
			      : d->usage && strcmp(d->usage, "host") == 0 &&
					(!best || d->read_iops > best->read_iops))
			best = d;
	}
	return best;
}

/* Guests both read and write: the slower of the two counts, without the operator's spare. */
static uint64_t room_of(const struct machine *m, const struct machine_disk *d)
{
	uint64_t iops = d->write_iops && d->write_iops < d->read_iops ? d->write_iops : d->read_iops;

	return iops / 100 * (100 - MIN(m->spare_percent, UINT64_C(90)));
}

/* The fewest guests: those that need most go first. */
static void blame(const struct plan *plan, uint64_t excess, struct report *why)
{
	CLEANUP_FREE bool *out = xcalloc(plan->n_partitions + 1, sizeof(*out));
	struct strv names CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;

	while (excess) {
		size_t most = SIZE_MAX;

		for (size_t i = 0; i < plan->n_partitions; i++)
			if (!out[i] && (most == SIZE_MAX ||
					plan->partitions[i].iops > plan->partitions[most].iops))
				most = i;
		out[most] = true;
		strv_addf(&names, "'%s'", plan->partitions[most].name);
		excess -= MIN(excess, plan->partitions[most].iops);
	}
	list = strv_join(&names, ", ");
	report_add(why, FINDING_ERROR, NULL, "without %s %s the others fit",
		   names.n == 1 ? "guest" : "the guests", list);
}

bool plan_disk_fits(struct plan *plan, struct report *why)
{
	const struct machine *m = &plan->host;
	const struct machine_disk *d = image_disk(m);
	uint64_t need = 0, room;

	for (size_t i = 0; i < plan->n_partitions; i++)
		need += plan->partitions[i].iops;
	if (!need)
		return true;
	if (!d || !d->read_iops) {
		report_remedy(report_add(&plan->findings, FINDING_NOTE, "disk", "the guests need %" PRIu64
					 " operations a second, and the speed of the host's disk is not "
					 "known: this was not checked", need),
			      "measure it: rehost profile --measure");
		return true;
	}
	room = room_of(m, d);
	if (need <= room)
		return true;
	report_add(why, FINDING_ERROR, NULL, "it would fit but for this rule: disk rate");
	blame(plan, need - room, why);
	report_add(why, FINDING_NOTE, "disk", "asked for: %" PRIu64 " operations a second; '%s' has %" PRIu64
		   " for guests", need, d->name, room);
	return false;
}
