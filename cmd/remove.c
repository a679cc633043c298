// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost remove: a guest is not installed any more. */
#include "config.h"

#include <stdio.h>

#include "cmd/instances.h"
#include "lib/base/alloc.h"
#include "lib/install.h"

/* Each hypervisor that once ran it knows nothing of it any more. */
static int forget(const struct instance *inst, struct error *err)
{
	struct strv told CLEANUP_STRV = STRV_INIT;

	for (size_t i = 0; i < inst->n_releases; i++) {
		const struct target *t = target_find(inst->releases[i].target, err);

		if (!t)
			return -1;
		if (!t->forget || strv_has(&told, t->name))
			continue;
		strv_add(&told, t->name);
		if (t->forget(inst, err) < 0)
			return -1;
	}
	return 0;
}

static int remove_guest(const char *state, const char *name, bool purge, struct error *err)
{
	struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;
	CLEANUP_CLOSE int lock = -1;
	CLEANUP_FREE char *kept = NULL;
	int runs;

	if (instance_open(&inst, state ? state : STATE_DEFAULT, name, err) < 0)
		return -1;
	lock = instance_lock(&inst, LOCK_CHANGE, err);
	if (lock < 0)
		return -1;
	runs = instance_runs(&inst, err);
	if (runs < 0)
		return -1;
	if (runs) {
		error_set(err, ERR_BUSY, "guest '%s' is running", name);
		return error_hint(err, "'rehost stop %s' stops it", name);
	}
	if (forget(&inst, err) < 0 || install_remove(&inst, purge, &kept, err) < 0)
		return -1;
	if (kept)
		printf("%s is removed; its disks are kept in %s\n", name, kept);
	else
		printf("%s is removed\n", name);
	return 0;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *state = NULL;
	int purge = 0;
	struct strv args CLEANUP_STRV = STRV_INIT;
	const struct poptOption options[] = {
		{ "purge", 0, POPT_ARG_NONE, &purge, 0, "delete its disks, too", NULL },
		STATE_OPTION(&state),
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 1, 1, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	return remove_guest(state, args.v[0], purge != 0, err);
}

const struct command command_remove = {
	.name = "remove",
	.synopsis = "GUEST",
	.summary = "make a guest not installed any more",
	.text = "What it wrote to its disks is kept aside unless --purge is given.\n"
		"    rehost remove press4",
	.run = run,
};
