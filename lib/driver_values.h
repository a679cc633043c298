/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_DRIVER_VALUES_H
#define REHOST_DRIVER_VALUES_H

/* Numbers and registry values of an INF file; for lib/driver_inf.c. */

#include "lib/driver.h"

/** inf_number - a number of 32 bits, decimal or 0x; "" is 0 */
int inf_number(const char *text, uint32_t *ret, struct error *err);

/**
 * inf_take_values - AddReg of a section, which can name several others
 * @section: DDInstall, or that of a service
 * @ret:     gets the values
 * @err:     ERR_FORMAT: a number that is none, or more values than a driver has
 */
int inf_take_values(const struct inf *inf, const char *section, struct driver_values *ret, struct error *err);

#endif
