// SPDX-License-Identifier: GPL-2.0-or-later
/* What the plan in the bundle of an installed guest says about its start. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/bundle.h"
#include "lib/instance_plan.h"
#include "lib/plan.h"

enum { PLAN_MAX = 8 << 20 };	/* a plan is smaller [bytes] */

static void take_partition(const struct partition *p, struct start_place *ret)
{
	ret->order = p->start_order;
	for (size_t i = 0; i < p->n_depends; i++)
		strv_add(&ret->depends, p->depends[i].on);
}

/* A bundle without its plan says nothing. */
static int read_plan(const char *bundle, struct plan *ret, struct error *err)
{
	CLEANUP_FREE char *path = path_join(bundle, BUNDLE_PLAN), *text = NULL;
	size_t len = 0;

	if (!path_exists(path))
		return 0;
	return file_read(path, PLAN_MAX, &text, &len, err) < 0 ? -1 : plan_read_memory(ret, text, len, path, err);
}

int start_place_in(const char *bundle, const char *name, struct start_place *ret, struct error *err)
{
	struct plan plan CLEANUP_PLAN = PLAN_INIT;

	*ret = (struct start_place){ .name = xstrdup(name), .depends = STRV_INIT };
	if (read_plan(bundle, &plan, err) < 0)
		return -1;
	for (size_t i = 0; i < plan.n_partitions; i++)
		if (strcmp(plan.partitions[i].name, name) == 0)
			take_partition(&plan.partitions[i], ret);
	return 0;
}

int instance_ports(const struct instance *inst, struct strv *ret, struct error *err)
{
	CLEANUP_FREE char *bundle = instance_bundle_dir(inst, instance_release(inst));
	struct plan plan CLEANUP_PLAN = PLAN_INIT;

	if (read_plan(bundle, &plan, err) < 0)
		return -1;
	for (size_t i = 0; i < plan.n_partitions; i++) {
		const struct partition *p = &plan.partitions[i];

		for (size_t k = 0; strcmp(p->name, inst->name) == 0 && k < p->n_devices; k++)
			if (strcmp(p->devices[k].kind, "serial") == 0 ||
			    strcmp(p->devices[k].kind, "parallel") == 0)
				strv_add(ret, p->devices[k].host);
	}
	return 0;
}

int instance_place(const struct instance *inst, struct start_place *ret, struct error *err)
{
	CLEANUP_FREE char *bundle = instance_bundle_dir(inst, instance_release(inst));

	return start_place_in(bundle, inst->name, ret, err);
}

void start_place_clear(struct start_place *p)
{
	free(p->name);
	strv_clear(&p->depends);
}

int instance_depends(const struct instance *inst, struct strv *ret, struct error *err)
{
	struct start_place place = { 0 };
	int rc = instance_place(inst, &place, err);

	for (size_t i = 0; rc == 0 && i < place.depends.n; i++)
		strv_add(ret, place.depends.v[i]);
	start_place_clear(&place);
	return rc;
}

static int compare(const void *a, const void *b)
{
	const struct start_place *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return strcmp(x->name, y->name);
}

void start_places_sort(struct start_places *places)
{
	if (places->n)
		qsort(places->v, places->n, sizeof(*places->v), compare);
}

bool start_places_needed(const struct start_places *places, size_t i)
{
	for (size_t k = i + 1; k < places->n; k++)
		if (strv_has(&places->v[k].depends, places->v[i].name))
			return true;
	return false;
}

void start_places_clear(struct start_places *places)
{
	for (size_t i = 0; i < places->n; i++)
		start_place_clear(&places->v[i]);
	free(places->v);
	*places = (struct start_places)START_PLACES_INIT;
}
