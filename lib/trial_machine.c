// SPDX-License-Identifier: GPL-2.0-or-later
/* The machine on which a guest is tried. */
#include "config.h"

#include "lib/trial_machine.h"

bool trial_machine(const struct guest *g, struct guest *ret)
{
	bool other = g->device[DIM_DISK] == DISK_XEN || g->device[DIM_NIC] == NIC_XEN;

	*ret = *g;
	if (g->device[DIM_DISK] == DISK_XEN)
		ret->device[DIM_DISK] = DISK_IDE;
	if (g->device[DIM_NIC] == NIC_XEN)
		ret->device[DIM_NIC] = NIC_E1000;
	return other;
}
