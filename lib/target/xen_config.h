/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_XEN_CONFIG_H
#define REHOST_TARGET_XEN_CONFIG_H

#include "lib/fileset.h"
#include "lib/plan.h"

#define XEN_CONFIG "xl.cfg"
#define XEN_POOL "pool.cfg"		/* of a guest with processors of its own            */
#define XEN_CACHE "cache"		/* "LEVEL MASK": for xl psr-cat-set                 */
#define XEN_TABLES "acpi-tables.bin"	/* ACPI tables of licences                          */
#define XEN_PLACE "@RELEASE@"		/* stands for the folder with the disks             */
#define XEN_RUN "@RUN@"			/* stands for the folder with the serial port       */
#define XEN_SERIAL_LOG XEN_RUN "/../log/serial.log"
#define XEN_FIRST_PORT "port0"		/* of QEMU: the port of the host that the first one goes to */

/** xen_emit - GUEST/xl.cfg and what is beside it; what Xen has not was found by check() */
int xen_emit(const struct partition *p, struct fileset *ret, struct error *err);

#endif
