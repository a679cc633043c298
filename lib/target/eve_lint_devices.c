// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules for EVE's list of devices, against itself and against the model of the device. */
#include "config.h"

#include <net/if.h>

#include "lib/target/eve_lint_private.h"

static void lint_parent(const struct lint *l, const struct member *m)
{
	const char *own = text_of(m->o, "assigngrp"), *parent = text_of(m->o, "parentassigngrp");
	size_t steps = 0;

	if (!*parent)
		return;
	if (!*own)
		lint(l, FINDING_ERROR, m->where, "parentassigngrp", "device-parent",
		     "give it an assigngrp", "a device without a group cannot have a parent");
	/* up to where there is no parent; a way longer than the list has a loop */
	while (*parent && steps++ <= length_of(l->config, "deviceIoList")) {
		struct json_object *up = lint_find(l->config, "deviceIoList", "assigngrp", parent);

		if (strcmp(parent, own) == 0) {
			lint(l, FINDING_ERROR, m->where, "parentassigngrp", "device-parent",
			     "break the loop", "group '%s' is above itself", own);
			return;
		}
		parent = up ? text_of(up, "parentassigngrp") : "";
	}
}

static void lint_name(const struct lint *l, const struct member *m)
{
	struct json_object *addresses = json_object_object_get(m->o, "phyaddrs");

	if (!*text_of(m->o, "phylabel"))
		lint(l, FINDING_ERROR, m->where, "phylabel", "device-label", "give it a label",
		     "EVE knows a device by it");
	if (!addresses)
		return;
	json_object_object_foreach(addresses, key, value) {
		const char *name = json_object_get_string(value);

		if (strcasecmp(key, "ifname") == 0 &&
		    (strlen(name) >= IFNAMSIZ || strcmp(name, "bond0") == 0))
			lint(l, FINDING_ERROR, m->where, "phyaddrs.Ifname", "device-ifname",
			     "at most 15 characters, and not bond0", "'%s' is no name for a card",
			     name);
	}
}

static void lint_model(const struct lint *l, const struct member *m, struct json_object *model)
{
	struct json_object *same = lint_find(model, "ioMemberList", "phylabel",
					     text_of(m->o, "phylabel"));

	if (!same)
		lint(l, FINDING_ERROR, m->where, "phylabel", "device-model",
		     "take the labels of the device's model", "the model has no device '%s'",
		     text_of(m->o, "phylabel"));
	else if (strcmp(text_of(same, "assigngrp"), text_of(m->o, "assigngrp")) != 0)
		lint(l, FINDING_ERROR, m->where, "assigngrp", "device-model",
		     "take the groups of the device's model", "'%s' is in group '%s' of the model",
		     text_of(m->o, "phylabel"), text_of(same, "assigngrp"));
}

void lint_devices(const struct lint *l, struct json_object *model)
{
	struct member m;

	FOR_EACH_MEMBER(m, l->config, "deviceIoList") {
		lint_name(l, &m);
		lint_parent(l, &m);
		if (model)
			lint_model(l, &m, model);
	}
}
