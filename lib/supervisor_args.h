/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_SUPERVISOR_ARGS_H
#define REHOST_SUPERVISOR_ARGS_H

/*
 * The arguments of a release for this host and this start: bridges become open network cards, huge pages
 * that are not there are left out, ports of the host are taken for this guest alone.
 */

#include "lib/base/child.h"
#include "lib/base/strv.h"
#include "lib/instance.h"

enum { SUPERVISOR_FDS_MAX = 24 };

struct supervisor_args {
	struct strv argv;			/* without the program's name        */
	int fds[SUPERVISOR_FDS_MAX];		/* that QEMU is to inherit           */
	size_t n_fds;
};

#define SUPERVISOR_ARGS_INIT { .n_fds = 0 }

/**
 * supervisor_args - read and adapt them
 * @ret:  supervisor_args_clear() frees it and closes the descriptors
 * @user: gets what it needs for the devices, or NULL
 * @err:  ERR_BUSY if somebody else has a port; ERR_NOT_FOUND if there is no such bridge
 */
int supervisor_args(const struct instance *inst, struct child_user *user,
		    struct supervisor_args *ret, struct error *err);

void supervisor_args_clear(struct supervisor_args *a);

#define CLEANUP_SUPERVISOR_ARGS __attribute__((cleanup(supervisor_args_clear)))

#endif
