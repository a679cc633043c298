/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_INSTANCE_PLAN_H
#define REHOST_INSTANCE_PLAN_H

/* What the plan in the bundle of an installed guest says about its start. */

#include "lib/instance.h"

/* Where a guest stands in the order of starting. */
struct start_place {
	char *name;
	uint64_t order;		/* smaller starts earlier */
	struct strv depends;	/* guests that must live before it */
};

void start_place_clear(struct start_place *p);

/**
 * start_place_in - of a guest in an unpacked bundle; a bundle without its plan asks for nothing
 * @ret: start_place_clear() frees it, also after an error: then it has a name alone
 */
int start_place_in(const char *bundle, const char *name, struct start_place *ret,
		   struct error *err);

/** instance_place - of an installed guest, by the bundle of its current release */
int instance_place(const struct instance *inst, struct start_place *ret, struct error *err);

/** instance_depends - the guests that must live before it */
int instance_depends(const struct instance *inst, struct strv *ret, struct error *err);

/** instance_ports - serial and printer ports of the host that the plan gives to it */
int instance_ports(const struct instance *inst, struct strv *ret, struct error *err);

struct start_places {
	struct start_place *v;
	size_t n;
};

#define START_PLACES_INIT { NULL, 0 }

/** start_places_sort - by order, then by name; whoever is depended on has the smaller order */
void start_places_sort(struct start_places *places);

/** start_places_needed - does one behind it depend on place @i? */
bool start_places_needed(const struct start_places *places, size_t i);

void start_places_clear(struct start_places *places);

#define CLEANUP_START_PLACES __attribute__((cleanup(start_places_clear)))

#endif
