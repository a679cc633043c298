/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CONFINE_H
#define REHOST_CONFINE_H

/*
 * A guest's QEMU does not run as root where root starts it and the user CONFINE_USER is there. That
 * user gets the files of the release, may read the disks of the bundle below it, and joins the groups
 * of the devices that the guest was given; nothing else of the host is its own.
 */

#include "lib/base/child.h"
#include "lib/base/strv.h"
#include "lib/instance.h"

#define CONFINE_USER "rehost"

/** confine_user - 1: @ret is whom to run as, 0: there is nothing to drop, or no such user */
int confine_user(struct child_user *ret);

/**
 * confine_device - let the user use a device of the host
 * @path: its file; a group that may use it is joined, else it becomes the user's own
 */
int confine_device(struct child_user *u, const char *path, struct error *err);

/** confine_files - the folder of the current release becomes the user's, the bundle readable for it */
int confine_files(const struct instance *inst, const struct child_user *u, struct error *err);

#endif
