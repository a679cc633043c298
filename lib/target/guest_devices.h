/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_GUEST_DEVICES_H
#define REHOST_TARGET_GUEST_DEVICES_H

#include "lib/guest.h"
#include "lib/machine_model.h"
#include "lib/report.h"

/**
 * check_model - has a target what was negotiated for a guest?
 * @offers: what it has
 * @title:  of the target, for people
 * @ret:    an error for each dimension in which it has not; keyboards and serial ports it has or says elsewhere
 */
void check_model(const struct guest *g, const struct machine_model *offers, const char *title, struct report *ret);

/**
 * check_port_addresses - of a target whose serial ports are at COM1 to COM4, in their order
 * @ret: a warning for each port of the old PC that was elsewhere
 */
void check_port_addresses(const struct guest *g, const char *title, struct report *ret);

#endif
