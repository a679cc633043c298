// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost stop: the power button, a deadline, then off. */
#include "config.h"

#include <stdio.h>

#include "cmd/instances.h"
#include "lib/base/alloc.h"
#include "lib/base/size.h"

enum { GRACE_SECONDS = 90 };

struct request {
	const char *state;
	unsigned int grace;
	bool asked, now;	/* --grace was given, --now */
};

static const char *describe(enum stop_way way, bool pressed)
{
	switch (way) {
	case STOP_WAS_OFF:
		return "was not running";
	case STOP_GENTLE:
		return "followed the power button";
	default:
		return pressed ? "did not follow the power button and was switched off"
			       : "was switched off";
	}
}

/* A guest that has nothing that listens to the button is not waited for, unless it is asked for. */
static int choose_grace(const struct instance *inst, const struct request *r, unsigned int *ret,
			struct error *err)
{
	struct guest g CLEANUP_GUEST = GUEST_INIT;

	*ret = r->grace;
	if (r->now) {
		*ret = 0;
		return 0;
	}
	if (r->asked)
		return 0;
	if (instance_guest(inst, &g, err) < 0)
		return -1;
	if (!g.acpi) {
		printf("%s has nothing that listens to the power button\n", inst->name);
		*ret = 0;
	}
	return 0;
}

static int stop(const char *name, const struct request *r, struct error *err)
{
	struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;
	const struct target *target;
	enum stop_way way = STOP_WAS_OFF;
	CLEANUP_CLOSE int lock = -1;
	unsigned int grace = 0;

	if (instance_open_with_target(&inst, &target, r->state, name, err) < 0)
		return -1;
	lock = instance_lock(&inst, LOCK_CHANGE, err);
	if (lock < 0 || choose_grace(&inst, r, &grace, err) < 0)
		return -1;
	/* before the machine ends: whoever watches it must not start it again */
	inst.wanted = false;
	if (instance_save(&inst, err) < 0 || target->stop(&inst, grace, &way, err) < 0)
		return -1;
	instance_log(&inst, "stop: it %s", describe(way, grace > 0));
	printf("%s %s\n", name, describe(way, grace > 0));
	return 0;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *state = NULL, *grace = NULL;
	uint64_t seconds = GRACE_SECONDS;
	int now = 0;
	struct strv args CLEANUP_STRV = STRV_INIT;
	const struct poptOption options[] = {
		{ "grace", 0, POPT_ARG_STRING, &grace, 0,
		  "seconds to follow the power button (90)", "S" },
		{ "now", 0, POPT_ARG_NONE, &now, 0, "switch it off at once", NULL },
		STATE_OPTION(&state),
		POPT_TABLEEND
	};
	struct request r;
	int rc = command_parse(cmd, options, 1, 1, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if (grace && parse_u64(grace, 0, 86400, &seconds, err) < 0)
		return error_wrap(err, "--grace");
	r = (struct request){ state, (unsigned int)seconds, grace != NULL, now != 0 };
	return stop(args.v[0], &r, err);
}

const struct command command_stop = {
	.name = "stop",
	.synopsis = "GUEST",
	.summary = "stop a guest: the power button, a deadline, then off",
	.text = "Says which of them it took. The guest is not started again by itself.\n"
		"    rehost stop press4 --grace 120",
	.run = run,
};
