/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_LIBVIRT_LOCAL_H
#define REHOST_TARGET_LIBVIRT_LOCAL_H

/*
 * A generated domain names nothing of a host. What it needs of the host on which it is started is put
 * in here: the folder with its disks, firmware or kernel, the log of its serial port, and what the
 * host has not is taken out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/accel.h"
#include "lib/base/error.h"
#include "lib/base/strv.h"

/* In a generated domain: stands for the folder of the release, where libvirt wants an absolute path. */
#define LIBVIRT_PLACE "/var/lib/rehost/guests"

struct libvirt_place {
	const char *dir;	/* folder of the release, absolute          */
	const char *serial_log;	/* absolute                                 */
	enum accel accel;
	bool hugepages;		/* this host has enough free ones           */
	bool quota;		/* it can give a share of a processor       */
	bool cache;		/* its kernel divides the cache: resctrl    */
};

/**
 * libvirt_localize - a generated domain for one host
 * @text:     the domain
 * @place:    where
 * @ret_text: the domain for this place; the caller frees it
 * @ret_lost: a phrase for each thing that was taken out
 * @err:      ERR_FORMAT if it is no such domain
 */
int libvirt_localize(const char *text, size_t len, const struct libvirt_place *place,
		     char **ret_text, struct strv *ret_lost, struct error *err);

/** libvirt_domain_hugepages - memory that it wants in huge pages [KiB], 0: none */
int libvirt_domain_hugepages(const char *text, size_t len, uint64_t *ret, struct error *err);

#endif
