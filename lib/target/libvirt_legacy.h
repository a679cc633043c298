/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_LIBVIRT_LEGACY_H
#define REHOST_TARGET_LIBVIRT_LEGACY_H

/* What only old systems need, in the words of libvirt; used by target libvirt alone. */

#include "lib/base/xml.h"
#include "lib/guest.h"
#include "lib/report.h"

/** libvirt_legacy_geometry - inside of <disk>: heads and sectors as they were, if libvirt can say them */
void libvirt_legacy_geometry(const struct guest *g, size_t i, struct xml_out *x);

/** libvirt_legacy_devices - the sound card; an empty floppy drive is left out */
void libvirt_legacy_devices(const struct guest *g, struct xml_out *x);

/** libvirt_legacy_check - what libvirt has no words for */
void libvirt_legacy_check(const struct guest *g, struct report *ret);

#endif
