/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_SERVICE_H
#define REHOST_SERVICE_H

/*
 * Guests as units of systemd: one instance of rehost@.service each. Used where systemd runs the host, its
 * unit is installed and the guest is in the default state folder; elsewhere a supervisor is a process
 * of ours.
 */

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/instance.h"

/** service_possible - would systemd keep this guest? */
bool service_possible(const struct instance *inst);

/**
 * service_start - start its unit on the processors that are planned, and wait until it is ready
 * @cpus:  list, "" for all
 * @quota: how much of one processor it gets at most, 0: no limit [%]
 * @err:   ERR_CHILD with the last words of its supervisor
 */
int service_start(const struct instance *inst, const char *cpus, uint64_t quota,
		  struct error *err);

/** service_ready - tell the service manager that started this process, if one did; sd_notify(3) */
void service_ready(void);

#endif
