// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost rollback: go back to an earlier release, or to the first disks of the current one. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "cmd/controllers.h"
#include "cmd/instances.h"
#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/install.h"

struct request {
	const char *state, *release;
	bool pristine;
	struct start_options start;
};

static int no_release(const struct instance *inst, struct error *err)
{
	struct strv list CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *text = NULL;

	for (size_t i = 0; i < inst->n_releases; i++)
		strv_addf(&list, "%" PRIu64, inst->releases[i].number);
	text = strv_join(&list, ", ");
	error_set(err, ERR_NOT_FOUND, "guest '%s' has no such release", inst->name);
	return error_hint(err, "there are %s; %" PRIu64 " is the current one; --pristine gives it "
			  "its first disks again", text, inst->current);
}

/* The release that is asked for, or the one before the current one. */
static int choose_release(const struct instance *inst, const char *asked, uint64_t *ret,
			  struct error *err)
{
	uint64_t number = 0;

	if (asked && parse_u64(asked, 1, UINT32_MAX, &number, err) < 0)
		return error_wrap(err, "--to");
	*ret = 0;
	for (size_t i = 0; i < inst->n_releases; i++) {
		uint64_t n = inst->releases[i].number;

		if (asked ? n == number : n < inst->current && n > *ret)
			*ret = n;
	}
	return *ret ? 0 : no_release(inst, err);
}

static int change(struct instance *inst, const struct request *r, uint64_t number,
		  struct error *err)
{
	if (!r->pristine) {
		if (instance_change_target(inst, instance_find_release(inst, number), err) < 0)
			return -1;
		instance_log(inst, "rollback from release %" PRIu64 " to %" PRIu64, inst->current,
			     number);
		instance_use_release(inst, number);
		printf("%s: back to release %" PRIu64 "\n", inst->name, number);
		return instance_save(inst, err);
	}
	if (install_reset(inst, err) < 0)
		return -1;
	printf("%s: release %" PRIu64 " has its first disks again\n", inst->name, inst->current);
	return 0;
}

static int rollback(const char *name, const struct request *r, struct error *err)
{
	const struct stop_options gently = { NULL, false };
	struct guest_at_hand g CLEANUP_GUEST_AT_HAND = GUEST_AT_HAND_INIT;
	const struct target *target;
	uint64_t number = 0;
	int ran;

	if (guest_take(&g, r->state, name, err) < 0 ||
	    (!r->pristine && choose_release(&g.inst, r->release, &number, err) < 0))
		return -1;
	ran = instance_runs(&g.inst, err);
	if (ran < 0 || (ran && instance_stop(&g.inst, g.target, &gently, true, err) < 0))
		return -1;
	if (change(&g.inst, r, number, err) < 0)
		return -1;
	/* the other release can be for another target */
	target = target_find(instance_release(&g.inst)->target, err);
	if (!target)
		return -1;
	return ran ? instance_start(&g.inst, target, &r->start, err) : 0;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *state = NULL, *release = NULL, *timeout = NULL;
	int pristine = 0, wait = 0, remove_apps = 0;
	struct controller_options controller CLEANUP_CONTROLLER_OPTIONS = { .url = NULL };
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct request r = { 0 };
	const struct poptOption options[] = {
		{ "to", 0, POPT_ARG_STRING, &release, 0, "this release (the one before)", "N" },
		{ "pristine", 0, POPT_ARG_NONE, &pristine, 0,
		  "the current release, with its disks as they came", NULL },
		WAIT_OPTION(&wait),
		TIMEOUT_OPTION(&timeout),
		CONTROLLER_OPTIONS(&controller),
		{ "remove-apps", 0, POPT_ARG_NONE, &remove_apps, 0,
		  "with --controller: delete apps that were not there before, with their disks", NULL },
		STATE_OPTION(&state),
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 1, 1, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if (controller_options_check(&controller, "rollback", err) < 0)
		return -1;
	if (controller.url ? pristine || release || wait : remove_apps)
		return error_set(err, ERR_USAGE, "rollback: an option means nothing %s --controller",
				 controller.url ? "with" : "without");
	if (controller.url)
		return controller_rollback(&controller, args.v[0], remove_apps != 0, err);
	if (pristine && release)
		return error_set(err, ERR_USAGE, "rollback: --to and --pristine exclude each other");
	r = (struct request){ state, release, pristine != 0, { .wait = wait != 0 } };
	if (seconds_from_option("--timeout", timeout, 1, &r.start.timeout, err) < 0)
		return -1;
	return rollback(args.v[0], &r, err);
}

const struct command command_rollback = {
	.name = "rollback",
	.synopsis = "GUEST | NAME.rehost --controller URL --device UUID",
	.summary = "go back to an earlier release, or to its first disks",
	.text = "A guest that runs is stopped gently and started again. The release that is left keeps its\n"
		"disks.\n"
		"    rehost rollback press4 --wait",
	.run = run,
};
