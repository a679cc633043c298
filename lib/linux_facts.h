/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_LINUX_FACTS_H
#define REHOST_LINUX_FACTS_H

/* What the settings of a Linux system say about it. All of these only read sys->tree. */

#include "lib/inspection.h"
#include "lib/kmod.h"

/** linux_identity - name, distribution, version, host name, init system, tools */
void linux_identity(struct inspected_system *sys);

/** linux_boot_loader - which boot loader, and where its configuration is */
void linux_boot_loader(struct inspected_system *sys);

/** linux_mounts - what fstab wants mounted, and which of it is on the captured disks */
void linux_mounts(const struct inspection *in, struct inspected_system *sys);

/** linux_kernels - the installed kernels, newest first, and the one that the boot loader starts */
void linux_kernels(struct inspected_system *sys);

/** linux_default_kernel - the kernel that the boot loader starts, or NULL */
struct inspected_kernel *linux_default_kernel(const struct inspected_system *sys);

/** linux_kmod - the module lists of a kernel */
void linux_kmod(const struct inspected_system *sys, const struct inspected_kernel *k,
		struct kmod *ret);

/** linux_model - the machine model that the default kernel can drive today */
void linux_model(const struct inspection *in, struct inspected_system *sys);

/** linux_network - which network configuration there is, and its cards */
void linux_network(struct inspected_system *sys);

/* A set of drivers, any one of which is enough for a device. */
struct linux_driver {
	enum model_dim dim;
	unsigned int value;
	const char *modules[4];		/* all of these, NULL-terminated */
};

extern const struct linux_driver linux_drivers[];
extern const size_t n_linux_drivers;

/** linux_assignment - value of NAME=… in a file of shell assignments, or NULL; to be freed */
char *linux_assignment(const char *text, const char *name);

#endif
