/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_XEN_LEGACY_H
#define REHOST_TARGET_XEN_LEGACY_H

/* Old systems on Xen: the part of xl.cfg that is for them, and what is lost. */

#include <stdio.h>

#include "lib/plan.h"
#include "lib/report.h"

/** xen_legacy_put - tables of ACPI, processor, and further options of Xen's QEMU: "device_model_args_hvm" */
int xen_legacy_put(const struct partition *p, FILE *f, struct error *err);

/** xen_legacy_check - what Xen does not give an old system */
void xen_legacy_check(const struct guest *g, struct report *ret);

#endif
