/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_XEN_LIFE_H
#define REHOST_TARGET_XEN_LIFE_H

/*
 * The life of one installed guest on Xen, as struct target wants it, by xl. The domain has the guest's
 * name; Xen's own xl watches it and starts it again when it restarts or crashes.
 */

#include "lib/target/target.h"

int xen_launch(const struct instance *inst, struct error *err);
int xen_status(const struct instance *inst, struct instance_status *ret, struct error *err);
int xen_console(const struct instance *inst, int *ret_fd, struct error *err);
int xen_stop(const struct instance *inst, const struct stop_request *how, enum stop_way *ret,
	     struct error *err);
int xen_forget(const struct instance *inst, struct error *err);
int xen_screen(const struct instance *inst, const char *path, struct error *err);

#endif
