/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_XEN_XL_H
#define REHOST_TARGET_XEN_XL_H

/* How the files of target xen ask Xen: xl, and what it lists. */

#include "lib/base/child.h"
#include "lib/base/strv.h"
#include "lib/instance.h"

#define XL(...) ((const char *const[]){ "xl", __VA_ARGS__, NULL })

/* Every field of a line of xl list; its name can hold no blank. */
enum { LIST_NAME, LIST_ID, LIST_MEMORY, LIST_VCPUS, LIST_STATE, LIST_TIME, LIST_FIELDS };

/**
 * xen_find_domain - the domain of a guest
 * @ret: the fields of its line, by LIST_NAME …
 * @err: ERR_CHILD if this is no host with Xen
 *
 * Return: 1, 0 if Xen does not know the guest, -1.
 */
int xen_find_domain(const struct instance *inst, struct strv *ret, struct error *err);

/** xen_drop_pool - its own processors go back to those of all; what Xen does not know is none */
void xen_drop_pool(const struct instance *inst);

#endif
