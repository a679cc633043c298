/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_QEMU_LIFE_H
#define REHOST_TARGET_QEMU_LIFE_H

/*
 * The life of one installed guest on QEMU, as struct target wants it. The machine itself is kept by
 * a supervisor (lib/supervisor.h).
 */

#include "lib/target/target.h"

int qemu_launch(const struct instance *inst, struct error *err);
int qemu_status(const struct instance *inst, struct instance_status *ret, struct error *err);
int qemu_console(const struct instance *inst, int *ret_fd, struct error *err);
int qemu_agent(const struct instance *inst, struct error *err);
int qemu_stop(const struct instance *inst, const struct stop_request *how, enum stop_way *ret,
	      struct error *err);
int qemu_screen(const struct instance *inst, const char *path, struct error *err);
int qemu_share_screen(const struct instance *inst, unsigned int port, const char *password,
		      struct error *err);

#endif
