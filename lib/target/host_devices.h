/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_HOST_DEVICES_H
#define REHOST_TARGET_HOST_DEVICES_H

#include "lib/plan.h"
#include "lib/report.h"

/**
 * check_host_devices - is each device of the host that the plan gives a guest given to it?
 * @p:     the partition
 * @title: of the target, for people
 * @kinds: what it can give, ends with NULL
 * @ret:   an error for a kind that it cannot give, a warning for one that the guest has no place for
 */
void check_host_devices(const struct partition *p, const char *title, const char *const *kinds,
			struct report *ret);

#endif
