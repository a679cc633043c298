/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_LIBVIRT_DEVICES_H
#define REHOST_TARGET_LIBVIRT_DEVICES_H

#include "lib/base/xml.h"
#include "lib/plan.h"

/** libvirt_put - <ELEMENT ATTR="VALUE"/> */
void libvirt_put(struct xml_out *x, const char *element, const char *attr, const char *value);

/** libvirt_put_devices - <devices> of a partition; what libvirt has not was found by check() */
void libvirt_put_devices(const struct partition *p, struct xml_out *x);

#endif
