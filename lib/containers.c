// SPDX-License-Identifier: GPL-2.0-or-later
/* Which container a volume is, where it may look like several. */
#include "config.h"

#include <stdlib.h>

#include "lib/base/alloc.h"
#include "lib/containers.h"

typedef int find_volumes(const struct volume *v, const uint8_t *head, struct volume_list *ret,
			 struct error *err);

static const struct container {
	const char *name;
	find_volumes *find;
	bool disks_only;	/* not inside of another container */
} kinds[CONTAINERS_KINDS] = {
	{ "a partition table", partitions_find, true },
	{ "LVM", lvm_find, false },
	{ "RAID", md_find, false },
	{ "RAID", firmware_raid_find, true },
};

void volume_list_clear(struct volume_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		volume_clear(&l->v[i]);
	free(l->v);
	*l = (struct volume_list){ 0 };
}

/*
 * A RAID whose volume begins where its member begins says nothing but that: a mirror shows the same inside
 * and outside, every other level neither here nor there.
 */
static bool is_around(const struct volume *v, const struct volume_list *list)
{
	return list->n == 1 && list->v[0].n == 1 && v->n && list->v[0].v[0].start == v->v[0].start;
}

/* Two that contradict each other cannot both be right: one of them is a remainder. */
static void choose(struct containers *c, const struct volume *v)
{
	for (size_t i = 0; i < CONTAINERS_KINDS; i++) {
		const struct volume_list *list = &c->lists[i];
		bool around = list->found && is_around(v, list);

		if (around && (list->v[0].opaque || !c->inside)) {
			c->inside = list;
			c->name = kinds[i].name;
			c->other = NULL;
			c->around = true;
			if (list->v[0].opaque)
				return;
		} else if (list->found && !around && c->inside && !c->around) {
			c->other = kinds[i].name;
		} else if (list->found && !around) {
			c->inside = list;
			c->name = kinds[i].name;
			c->around = false;
		}
	}
}

int containers_find(struct containers *ret, const struct volume *v, const uint8_t *head, unsigned int depth,
		    struct error *err)
{
	for (size_t i = 0; i < CONTAINERS_KINDS; i++)
		if (!(depth && kinds[i].disks_only) && kinds[i].find(v, head, &ret->lists[i], err) < 0)
			return -1;
	choose(ret, v);
	return 0;
}

void containers_clear(struct containers *c)
{
	for (size_t i = 0; i < CONTAINERS_KINDS; i++)
		volume_list_clear(&c->lists[i]);
	*c = (struct containers)CONTAINERS_INIT;
}
