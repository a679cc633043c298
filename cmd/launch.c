// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost launch: verify a bundle, install it, start its guests. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/instances.h"
#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/bundle.h"
#include "lib/install.h"

struct request {
	const char *bundle, *state, *guest, *target;
	bool allow_unsigned, downgrade, wait;
	uint64_t timeout;
	struct progress *progress;
};

/* The first target of the table that is in the bundle and can be run by this program. */
static const struct target *choose_target(const struct bundle *b, const char *name,
					  struct error *err)
{
	const struct target *t;

	for (size_t i = 0; !name && targets[i]; i++)
		if (targets[i]->launch && strv_has(&b->targets, targets[i]->name))
			return targets[i];
	if (!name) {
		error_set(err, ERR_UNSUPPORTED, "'%s' holds nothing that can be started here",
			  b->path);
		return NULL;
	}
	t = target_find(name, err);
	if (t && t->launch && strv_has(&b->targets, name))
		return t;
	if (t)
		error_set(err, ERR_NOT_FOUND, "'%s' holds nothing for target '%s'", b->path, name);
	return NULL;
}

static int refuse_running(const struct instance *inst, struct error *err)
{
	error_set(err, ERR_BUSY, "guest '%s' is running", inst->name);
	return error_hint(err, "'rehost stop %s' stops it", inst->name);
}

/* Opens the guest if it is installed, makes it otherwise; then a release of this bundle. */
static int install_one(const struct request *r, const struct bundle *b, const char *folder,
		       const struct target *target, const char *name, struct instance *ret,
		       struct error *err)
{
	struct error absent CLEANUP_ERROR = ERROR_INIT;
	const struct release *old;
	CLEANUP_CLOSE int lock = -1;

	if (instance_open(ret, r->state, name, &absent) < 0 &&
	    (absent.code != ERR_NOT_FOUND || instance_new(ret, r->state, name, err) < 0))
		return error_is_set(err) ? -1 : error_move(err, &absent);
	lock = instance_lock(ret, LOCK_CHANGE, err);
	if (lock < 0)
		return -1;
	if (instance_is_locked(ret, LOCK_WATCH) || instance_is_locked(ret, LOCK_MACHINE))
		return refuse_running(ret, err);
	old = instance_release(ret);
	if (old && strcmp(old->digest, b->digest) == 0)
		return 0;
	if (bundle_check_revision(b, old ? old->revision : 0, old ? old->digest : NULL,
				  r->downgrade, err) < 0)
		return -1;
	return install_release(ret, folder, b, target->name, err);
}

static int start_one(const struct request *r, struct instance *inst, const struct target *target,
		     struct error *err)
{
	CLEANUP_CLOSE int lock = instance_lock(inst, LOCK_CHANGE, err);
	CLEANUP_FREE char *line = NULL;

	if (lock < 0)
		return -1;
	if (instance_is_locked(inst, LOCK_WATCH) || instance_is_locked(inst, LOCK_MACHINE))
		return refuse_running(inst, err);
	inst->wanted = true;
	if (instance_save(inst, err) < 0 || target->launch(inst, err) < 0)
		return -1;
	printf("%s: release %" PRIu64 " runs on %s\n", inst->name, inst->current, target->name);
	fflush(stdout);
	if (!r->wait)
		return 0;
	progress_begin(r->progress, "wait for life", 0);
	if (instance_await_life(inst, r->timeout, &line, err) < 0)
		return -1;
	progress_end(r->progress);
	printf("%s lives: %s\n", inst->name, line);
	return 0;
}

static int launch_guests(const struct request *r, const struct bundle *b, const char *folder,
			 struct error *err)
{
	const struct target *target = choose_target(b, r->target, err);
	size_t n = 0;

	if (!target)
		return -1;
	for (size_t i = 0; i < b->guests.n; i++) {
		struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;

		if (r->guest && strcmp(r->guest, b->guests.v[i]) != 0)
			continue;
		n++;
		if (install_one(r, b, folder, target, b->guests.v[i], &inst, err) < 0 ||
		    start_one(r, &inst, target, err) < 0)
			return -1;
	}
	if (n == 0)
		return error_set(err, ERR_NOT_FOUND, "'%s' holds no guest '%s'", b->path,
				 r->guest ? r->guest : "");
	return 0;
}

static int launch(const struct request *r, struct error *err)
{
	struct keyring ring CLEANUP_KEYRING = KEYRING_INIT;
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;
	CLEANUP_FREE char *folder = NULL;

	if (keyring_load(&ring, NULL, err) < 0 || bundle_open(&b, r->bundle, &ring, err) < 0 ||
	    bundle_check_trust(&b, r->allow_unsigned, err) < 0 ||
	    install_bundle(r->state, &b, r->progress, &folder, err) < 0)
		return -1;
	return launch_guests(r, &b, folder, err);
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *state = NULL, *guest = NULL, *target = NULL, *form = NULL;
	CLEANUP_FREE char *timeout = NULL;
	int allow_unsigned = 0, downgrade = 0, wait = 0;
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct progress progress CLEANUP_PROGRESS = { .mode = PROGRESS_NONE };
	const struct poptOption options[] = {
		{ "guest", 0, POPT_ARG_STRING, &guest, 0, "only this guest of the bundle", "NAME" },
		{ "target", 't', POPT_ARG_STRING, &target, 0, "the hypervisor, if there are several",
		  "NAME" },
		{ "wait", 0, POPT_ARG_NONE, &wait, 0, "wait until each guest lives", NULL },
		{ "timeout", 0, POPT_ARG_STRING, &timeout, 0,
		  "seconds until it must live (as the guest says)", "S" },
		{ "allow-unsigned", 0, POPT_ARG_NONE, &allow_unsigned, 0,
		  "accept a bundle that nobody signed whom this host trusts", NULL },
		{ "downgrade", 0, POPT_ARG_NONE, &downgrade, 0,
		  "accept an older revision than the installed one", NULL },
		STATE_OPTION(&state),
		PROGRESS_OPTION(&form),
		POPT_TABLEEND
	};
	struct request r;
	int rc = command_parse(cmd, options, 1, 1, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	r = (struct request){ args.v[0], state ? state : STATE_DEFAULT, guest, target,
			      allow_unsigned != 0, downgrade != 0, wait != 0, 0, &progress };
	if (timeout && parse_u64(timeout, 1, 86400, &r.timeout, err) < 0)
		return error_wrap(err, "--timeout");
	if (progress_from_option(form, &progress, err) < 0)
		return -1;
	return launch(&r, err);
}

const struct command command_launch = {
	.name = "launch",
	.synopsis = "NAME.rehost",
	.summary = "verify a bundle, install it and start its guests",
	.text = "Nothing of a bundle is used before all of it is verified. Each guest becomes a process of\n"
		"its own that survives this terminal.\n"
		"    rehost launch line4.rehost --wait",
	.run = run,
};
