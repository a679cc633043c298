/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_LIBVIRT_LIFE_H
#define REHOST_TARGET_LIBVIRT_LIFE_H

/*
 * The life of one installed guest under libvirt, as struct target wants it, by virsh. The domain has
 * the guest's name. It is started by libvirt itself after a power cut, unless the plan wants another
 * guest before it.
 */

#include "lib/target/target.h"

int libvirt_launch(const struct instance *inst, struct error *err);
int libvirt_status(const struct instance *inst, struct instance_status *ret, struct error *err);
int libvirt_console(const struct instance *inst, int *ret_fd, struct error *err);
int libvirt_agent(const struct instance *inst, struct error *err);
int libvirt_stop(const struct instance *inst, const struct stop_request *how, enum stop_way *ret,
		 struct error *err);
int libvirt_screen(const struct instance *inst, const char *path, struct error *err);
int libvirt_forget(const struct instance *inst, struct error *err);

#endif
