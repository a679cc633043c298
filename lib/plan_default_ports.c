// SPDX-License-Identifier: GPL-2.0-or-later
/* Old serial ports that nobody asked a port of the host for. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/old_port.h"
#include "lib/plan_devices.h"

static bool is_same_port(const struct partition *p, const struct partition_device *asked,
			 const char *old)
{
	const char *found = old_port_find(&p->guest, asked->kind, asked->role);

	return strcmp(found ? found : asked->role, old) == 0;
}

/* Old serial ports without a wish: joined only to a port that the operator set free for it. */
void plan_default_ports(struct plan *plan, size_t guest, struct host_devices *host,
			const struct line_guest *wish)
{
	struct partition *p = &plan->partitions[guest];

	for (size_t i = 0; i < p->guest.n_serials; i++) {
		const char *old = p->guest.serials[i].old;
		bool asked = false, found = false;

		for (size_t k = 0; wish && k < wish->n_devices; k++)
			asked |= is_same_port(p, &wish->devices[k], old);
		for (size_t k = 0; k < host->n && !asked && !found; k++) {
			struct host_device *d = &host->v[k];

			if (strcmp(d->kind, "serial") != 0 || !d->usage || !d->name ||
			    strcmp(d->usage, "dedicated") != 0 || strcmp(d->name, old) != 0)
				continue;
			found = true;
			d->usage = "host";	/* taken: the next guest does not get it */
			*APPEND(p->devices, p->n_devices) = (struct partition_device){
				xstrdup(old), xstrdup("serial"), xstrdup(d->host),
				d->label ? xstrdup(d->label) : NULL
			};
		}
		if (!asked && !found)
			report_remedy(report_add(&plan->findings, FINDING_NOTE, p->name,
						 "the old port %s is joined to no port of the host", old),
				      "if a cable was in it, name a port in line.xml");
	}
}
