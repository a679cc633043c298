/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_INSPECT_FAMILY_H
#define REHOST_INSPECT_FAMILY_H

/*
 * Families of systems that an inspection can tell apart. Each is one const struct at the foot of its
 * file and one row in lib/inspectors.def; the first that knows a file system takes it.
 */

#include "lib/inspection.h"

struct inspector {
	const char *family;

	/*
	 * The file system sys->root is mounted read-only at "/". If it is the root of a system of
	 * this family: set sys->family and all the rest, mounting more as needed. Otherwise leave
	 * @sys as it is and return 0.
	 */
	int (*look)(const struct appliance *app, struct inspection *in,
		    struct inspected_system *sys, struct error *err);

	/* All file systems were looked at, and none is mounted; or NULL */
	int (*finish)(const struct appliance *app, const struct inspection *in,
		      struct inspected_system *sys, struct error *err);
};

extern const struct inspector *const inspectors[];	/* ends with NULL */

/** inspect_volumes - the disks and file systems of @in, those behind a passphrase of @keys too */
int inspect_volumes(const struct appliance *app, const struct strv *keys, struct inspection *in,
		    struct error *err);

/** inspect_mount - mount for reading; one that was not unmounted stays as it is */
int inspect_mount(const struct appliance *app, const struct inspection *in, const char *device,
		  const char *point, const char *options, struct error *err);

/** inspect_nt4_kernel - is there a kernel of NT 3 or 4 in this folder of the mounted guest? */
bool inspect_nt4_kernel(const struct appliance *app, const char *dir);

/** system_clear - free what a system holds */
void system_clear(struct inspected_system *sys);

#endif
