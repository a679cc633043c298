/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_EVE_MERGE_DEVICES_H
#define REHOST_TARGET_EVE_MERGE_DEVICES_H

#include "lib/base/error.h"
#include "lib/report.h"
#include "lib/target/eve.pb-c.h"

/**
 * eve_merge_devices - our devices, ports and networks among those that the device has
 * @current: keeps all of its own; gets what it has not
 * @own:     speaks of devices and ports by the names of @current from now on
 * @err:     ERR_REFUSED: a name that ours has is another device there
 */
int eve_merge_devices(Eve__EdgeDevConfig *current, Eve__EdgeDevConfig *own, struct report *report,
		      struct error *err);

#endif
