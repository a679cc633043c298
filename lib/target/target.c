// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of targets. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"
#include "lib/target/refused.h"
#include "lib/target/target.h"

#define TARGET(name) extern const struct target target_##name;
#include "lib/target/targets.def"
#undef TARGET

const struct target *const targets[] = {
#define TARGET(name) &target_##name,
#include "lib/target/targets.def"
#undef TARGET
	NULL,
};

static const struct target *refuse(const struct refused_target *r, struct error *err)
{
	error_set(err, ERR_UNSUPPORTED, "%s cannot run an old PC: %s", r->title, r->why);
	error_hint(err, "choose %s", r->instead);
	return NULL;
}

const struct target *target_find(const char *name, struct error *err)
{
	const struct refused_target *refused = refused_target_find(name);
	struct strv known CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;

	for (size_t i = 0; targets[i]; i++) {
		if (strcmp(targets[i]->name, name) == 0)
			return targets[i];
		strv_add(&known, targets[i]->name);
	}
	if (refused)
		return refuse(refused, err);
	list = strv_join(&known, ", ");
	error_set(err, ERR_NOT_FOUND, "there is no target '%s'", name);
	error_hint(err, "choose one of: %s", list);
	return NULL;
}
