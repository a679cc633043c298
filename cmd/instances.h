/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_INSTANCES_H
#define REHOST_INSTANCES_H

/* What the commands for installed guests share. */

#include "cmd/command.h"
#include "lib/instance.h"
#include "lib/target/target.h"

#define STATE_OPTION(var)                                                                          \
	{ "state", 0, POPT_ARG_STRING, (var), 0, "folder of installed guests (" STATE_DEFAULT ")", \
	  "DIR" }

/**
 * instance_open_with_target - an installed guest and the hypervisor that runs it
 * @state: value of --state, or NULL
 * @err:   ERR_NOT_FOUND; ERR_UNSUPPORTED if this program only generates for that target
 */
int instance_open_with_target(struct instance *ret, const struct target **ret_target,
			      const char *state, const char *name, struct error *err);

/** instance_await_life - wait until an instance that was launched shows life, or say why not */
int instance_await_life(const struct instance *inst, uint64_t timeout_s, char **ret_line,
			struct error *err);

/** state_name - "running" for INSTANCE_RUNNING */
const char *state_name(enum instance_state state);

#endif
