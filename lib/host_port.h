/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_HOST_PORT_H
#define REHOST_HOST_PORT_H

/* Serial and printer ports of the host that a guest gets: one that another program has is not taken. */

#include "lib/base/error.h"
#include "lib/instance.h"

/**
 * host_port_take - open a port with its lock
 * @err: ERR_BUSY if somebody else has locked it
 *
 * flock(2) is what other programs for ports use, too. Return: a descriptor that holds it, or -1.
 */
int host_port_take(const char *path, struct error *err);

/**
 * host_ports_check - are the ports that the plan gives to a guest free?
 *
 * For hypervisors that open them themselves and hold no lock.
 */
int host_ports_check(const struct instance *inst, struct error *err);

#endif
