/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_LIBVIRT_VIRSH_H
#define REHOST_TARGET_LIBVIRT_VIRSH_H

/* How the files of target libvirt ask libvirt: virsh, with its connection. */

#include <stdlib.h>

#include "lib/base/child.h"
#include "lib/instance.h"

/* libvirt's own variable says where, as for all its programs. */
#define VIRSH(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		"virsh", "-q", "-c",                                                               \
			getenv("LIBVIRT_DEFAULT_URI") ? getenv("LIBVIRT_DEFAULT_URI") :            \
							"qemu:///system",                          \
			__VA_ARGS__, NULL                                                          \
	}

/** libvirt_autostart - is it to start with libvirtd? */
int libvirt_autostart(const struct instance *inst, bool on, struct error *err);

#endif
