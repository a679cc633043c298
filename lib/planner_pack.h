/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PLANNER_PACK_H
#define REHOST_PLANNER_PACK_H

/*
 * Shared guests as nothing but loads that go into the room of cores: no cells, no memory, no cache.
 * Where even that does not fit, no plan does; and it is decided fast, because what was found out
 * about a set of rooms is remembered. Private to the search.
 */

#include "lib/problem.h"

struct packing;

/** packing_new - for the demands of @p; no core has more than @max_cpus threads */
struct packing *packing_new(const struct problem *p, uint32_t max_cpus);
void packing_free(struct packing *k);

/**
 * packing_fits - could the CPUs of demands @i, … go on cores with this room?
 * @k:       from packing_new()
 * @i:       this demand and all after it are shared
 * @room:    left on each core                     [MHz]
 * @n:       number of cores
 * @limit:   nodes to look at, at most
 * @ret_maybe: set if the limit was reached; the answer is true then
 *
 * Return: false only if it is certain that they do not fit.
 */
bool packing_fits(struct packing *k, size_t i, const uint64_t *room, size_t n, uint64_t limit,
		  bool *ret_maybe);

/** packing_nodes - how many nodes all questions took together */
uint64_t packing_nodes(const struct packing *k);

#endif
