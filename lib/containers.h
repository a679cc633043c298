/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CONTAINERS_H
#define REHOST_CONTAINERS_H

/*
 * Volumes inside of a volume: partitions, logical volumes of LVM, members of a RAID. What none of them
 * covers counts as used. A container that cannot be trusted is an error.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/volume.h"

struct volume_list {
	struct volume *v;
	size_t n;
	bool found;	/* the volume is such a container */
};

void volume_list_clear(struct volume_list *l);

/* The kinds: each looks at the first USEDMAP_HEAD bytes of @v, and where it must at more. */
int partitions_find(const struct volume *v, const uint8_t *head, struct volume_list *ret,
		    struct error *err);
int lvm_find(const struct volume *v, const uint8_t *head, struct volume_list *ret,
	     struct error *err);
int md_find(const struct volume *v, const uint8_t *head, struct volume_list *ret,
	    struct error *err);
int firmware_raid_find(const struct volume *v, const uint8_t *head, struct volume_list *ret,
		       struct error *err);

enum { CONTAINERS_KINDS = 4 };

struct containers {
	struct volume_list lists[CONTAINERS_KINDS];
	const struct volume_list *inside;	/* of the one that is to be believed; NULL: it is none */
	const char *name;			/* "a partition table"                                 */
	const char *other;			/* another one that contradicts it, or NULL            */
	bool around;		/* a RAID that shows the same inside as outside, or whose inside tells nothing */
};

#define CONTAINERS_INIT { .inside = NULL }

/**
 * containers_find - what container is a volume?
 * @ret:   containers_clear() frees it
 * @head:  the first bytes of @v, as a reader of usedmap.h gets them
 * @depth: containers around @v; 0: it is a disk
 * @err:   one of them is damaged or cannot be read
 */
int containers_find(struct containers *ret, const struct volume *v, const uint8_t *head, unsigned int depth,
		    struct error *err);

void containers_clear(struct containers *c);

#define CLEANUP_CONTAINERS __attribute__((cleanup(containers_clear)))

#endif
