/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_HOSTCHECK_H
#define REHOST_HOSTCHECK_H

/* What this host can do for rehost, and the remedy for each thing that is missing. */

#include "lib/base/error.h"
#include "lib/report.h"

/**
 * host_check - look at accelerators, QEMU, firmware, the libguestfs appliance, programs, drivers
 * @ret: a note for what is there, a warning for what limits, an error for what stops a command
 * @err: only when the check itself cannot be made (interrupted)
 */
int host_check(struct report *ret, struct error *err);

/**
 * host_check_appliance - could libguestfs build its appliance here?
 * @boot:    folder with kernels: /boot
 * @modules: folder with their modules: /lib/modules
 * @ret:     one finding
 *
 * The appliance needs a kernel image that this user can read, with its modules.
 * Source: supermin(1), "SUPERMIN_KERNEL".
 */
void host_check_appliance(const char *boot, const char *modules, struct report *ret);

#endif
