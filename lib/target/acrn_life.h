/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_ACRN_LIFE_H
#define REHOST_TARGET_ACRN_LIFE_H

/* The life of a guest on the Service VM: the operations of struct target, for lib/target/acrn.c. */

#include "lib/target/target.h"

int acrn_launch(const struct instance *inst, struct error *err);
int acrn_status(const struct instance *inst, struct instance_status *ret, struct error *err);
int acrn_console(const struct instance *inst, int *ret_fd, struct error *err);
int acrn_stop(const struct instance *inst, const struct stop_request *how, enum stop_way *ret,
	      struct error *err);
int acrn_forget(const struct instance *inst, struct error *err);

#endif
