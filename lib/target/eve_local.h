/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_EVE_LOCAL_H
#define REHOST_TARGET_EVE_LOCAL_H

/*
 * A network of the device's own behind its uplink, for cards that the plan joins to no card of the host:
 * EVE gives addresses by DHCP and translates them; ports of the device lead to a guest where it is asked for.
 */

#include <json-c/json.h>

#include "lib/plan.h"
#include "lib/report.h"

#define EVE_LOCAL_KIND "local"	/* of eve_uuid() */
#define EVE_LOCAL_NAME "guests"

struct eve_settings;

/** eve_local_check - subnet and mapped ports make sense, and guests get their addresses by DHCP */
void eve_local_check(const struct plan *plan, const struct eve_settings *s, struct report *ret);

/** eve_local_put - the network into a configuration */
void eve_local_put(const struct plan *plan, const struct eve_settings *s, const char *uplink,
		   struct json_object *config);

/** eve_local_map - the ports that are asked for a guest, as rules of its card */
void eve_local_map(const struct plan *plan, const char *guest, struct json_object *interface);

#endif
