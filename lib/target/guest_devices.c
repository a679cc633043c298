// SPDX-License-Identifier: GPL-2.0-or-later
/* What several targets have to say about devices that a guest was negotiated or had. */
#include "config.h"

#include <inttypes.h>

#include "lib/old_port.h"
#include "lib/target/guest_devices.h"

void check_model(const struct guest *g, const struct machine_model *offers, const char *title, struct report *ret)
{
	for (int dim = 0; dim < N_DIMS; dim++)
		if (dim != DIM_INPUT && dim != DIM_SERIAL && !model_has(offers, dim, (unsigned int)g->device[dim]))
			report_add(ret, FINDING_ERROR, g->name, "%s has no %s '%s'", title, model_dim_name(dim),
				   model_value_name(dim, (unsigned int)g->device[dim]));
}

void check_port_addresses(const struct guest *g, const char *title, struct report *ret)
{
	for (size_t i = 0; i < g->n_serials; i++)
		if (g->serials[i].port && old_port_com(g->serials[i].port) != i + 1)
			report_add(ret, FINDING_WARNING, g->name, "%s cannot put port %s at its old address 0x%" PRIx64,
				   title, g->serials[i].old, g->serials[i].port);
}
