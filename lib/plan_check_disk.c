// SPDX-License-Identifier: GPL-2.0-or-later
/* Second opinion on a plan: the rate of the disk that holds the guests' disks. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/plan_check.h"

/* Operations a second that disk @d leaves for guests, 0: not measured. */
static uint64_t left_for_guests(const struct machine *m, const struct machine_disk *d)
{
	uint64_t slower = d->read_iops;

	if (d->write_iops)
		slower = MIN(slower, d->write_iops);
	return slower / 100 * (100 - MIN(m->spare_percent, UINT64_C(90)));
}

void check_disk(struct check *c)
{
	const struct machine *m = &c->plan->host;
	uint64_t promised = 0, room = 0;

	for (size_t i = 0; i < c->plan->n_partitions; i++)
		if (ADD_OVERFLOW(promised, c->plan->partitions[i].iops, &promised))
			promised = UINT64_MAX;
	for (size_t i = 0; i < m->n_disks; i++) {
		bool named = m->images && strcmp(m->images, m->disks[i].name) == 0;
		bool own = m->disks[i].usage && strcmp(m->disks[i].usage, "host") == 0;

		if (named || (own && !m->images))
			room = MAX(room, left_for_guests(m, &m->disks[i]));
	}
	if (room && promised > room)
		check_broken(c, "disk", "%" PRIu64 " operations a second are promised, and the disk has %"
			     PRIu64 " for guests", promised, room);
}
