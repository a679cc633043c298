// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost launch: verify a bundle, install it, start its guests. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/controllers.h"
#include "cmd/instances.h"
#include "cmd/launch_prepare.h"
#include "lib/base/alloc.h"
#include "lib/bundle.h"
#include "lib/install.h"
#include "lib/instance_plan.h"

struct request {
	const char *bundle, *state, *guest, *target;
	const char *root;		/* of the host that is prepared */
	bool allow_unsigned, downgrade, wait, replace, no_rollback, raw;
	bool prepare, show;		/* do, or only print, what the host needs first */
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

/* What runs is stopped only when the new release is ready, and only if that was asked for. */
static int make_room(const struct request *r, struct instance *inst, struct error *err)
{
	const struct stop_options gently = { NULL, false };
	const struct target *target;
	int runs = instance_runs(inst, err);

	if (runs <= 0)
		return runs;
	if (!r->replace) {
		error_set(err, ERR_BUSY, "guest '%s' is running", inst->name);
		return error_hint(err, "--replace stops it first, 'rehost stop %s' as well",
				  inst->name);
	}
	target = target_find(instance_release(inst)->target, err);
	return target ? instance_stop(inst, target, &gently, true, err) : -1;
}

/* Opens the guest if it is installed, makes it otherwise. */
static int open_or_make(const struct request *r, const char *name, struct instance *ret,
			struct error *err)
{
	struct error absent CLEANUP_ERROR = ERROR_INIT;

	if (instance_open(ret, r->state, name, &absent) == 0)
		return 0;
	if (absent.code != ERR_NOT_FOUND)
		return error_move(err, &absent);
	return instance_new(ret, r->state, name, err);
}

/* The release of this bundle becomes the current one; *ret_before: the one before, 0: none */
static int install_one(const struct request *r, const struct bundle *b, const char *folder,
		       const struct target *target, struct instance *inst, uint64_t *ret_before,
		       struct error *err)
{
	const struct install_options options = { target->raw_disks, r->progress };
	const struct release *old = instance_release(inst);

	*ret_before = old ? old->number : 0;
	if (!r->replace && make_room(r, inst, err) < 0)
		return -1;
	if (old && strcmp(old->digest, b->digest) == 0 && strcmp(old->target, target->name) == 0)
		return make_room(r, inst, err);
	if (bundle_check_revision(b, old ? old->revision : 0, old ? old->digest : NULL,
				  r->downgrade, err) < 0 ||
	    install_prepare(inst, folder, b, target->name, &options, err) < 0 ||
	    make_room(r, inst, err) < 0 ||
	    instance_change_target(inst, &inst->releases[inst->n_releases - 1], err) < 0)
		return -1;
	return install_activate(inst, err);
}

/* The new release shows no life: the one before runs again, and the error says so. */
static int go_back(const struct request *r, struct instance *inst, uint64_t before,
		   struct error *err)
{
	const struct stop_options now = { NULL, true };
	struct start_options start = { .wait = false };
	struct error failure CLEANUP_ERROR = ERROR_INIT;
	const struct target *target = target_find(instance_release(inst)->target, NULL);
	uint64_t failed = inst->current;

	if (err->code == ERR_INTERRUPTED || !before || before == failed || r->no_rollback)
		return -1;
	instance_log(inst, "release %" PRIu64 " failed: %s", failed, err->msg);
	if (instance_stop(inst, target, &now, true, &failure) < 0 ||
	    instance_change_target(inst, instance_find_release(inst, before), &failure) < 0)
		return error_hint(err, "it could not be rolled back: %s", failure.msg);
	instance_use_release(inst, before);
	target = target_find(instance_release(inst)->target, NULL);
	if (instance_save(inst, &failure) < 0 || instance_start(inst, target, &start, &failure) < 0)
		return error_hint(err, "it could not be rolled back: %s", failure.msg);
	instance_log(inst, "rolled back to release %" PRIu64, before);
	return error_hint(err, "release %" PRIu64 " runs again; 'rehost logs --serial %s' shows what "
			  "release %" PRIu64 " wrote", before, inst->name, failed);
}

/* @needed: another guest depends on it, and it is waited for */
static int launch_one(const struct request *r, const struct bundle *b, const char *folder,
		      const struct target *target, const char *name, bool needed, struct error *err)
{
	const struct start_options start = { r->wait || needed, r->timeout, r->progress };
	struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;
	CLEANUP_CLOSE int lock = -1;
	uint64_t before = 0;

	if (open_or_make(r, name, &inst, err) < 0)
		return -1;
	lock = instance_lock(&inst, LOCK_CHANGE, err);
	if (lock < 0 || install_one(r, b, folder, target, &inst, &before, err) < 0)
		return -1;
	if (instance_start(&inst, target, &start, err) < 0)
		return go_back(r, &inst, before, err);
	return 0;
}

/* Those that are asked for, in the order that is planned. */
static int find_places(const struct request *r, const struct bundle *b, const char *folder,
		       struct start_places *ret, struct error *err)
{
	CLEANUP_FREE char *dir = xasprintf("%s/bundles/%s", r->state, folder);

	for (size_t i = 0; i < b->guests.n; i++)
		if ((!r->guest || strcmp(r->guest, b->guests.v[i]) == 0) &&
		    start_place_in(dir, b->guests.v[i], APPEND(ret->v, ret->n), err) < 0)
			return -1;
	if (ret->n == 0)
		return error_set(err, ERR_NOT_FOUND, "'%s' holds no guest '%s'", b->path,
				 r->guest ? r->guest : "");
	start_places_sort(ret);
	return 0;
}

/* Targets that need raw disks get them without being told; the others cannot run them. */
static int check_raw(const struct request *r, const struct target *target, struct error *err)
{
	if (!r->raw || target->raw_disks)
		return 0;
	error_set(err, ERR_UNSUPPORTED, "target '%s' runs its disks as qcow2", target->name);
	return error_hint(err, "leave --raw out; 'rehost bundle extract --raw' makes raw images of any "
			  "bundle");
}

/* Which key made this host trust it: said before anything of it runs. */
static void print_signers(const struct bundle *b)
{
	for (size_t i = 0; i < b->n_signers; i++)
		if (b->signers[i].state == SIGNER_PINNED)
			printf("%s: revision %" PRIu64 ", signed by '%s', key %s\n", b->name,
			       b->revision, b->signers[i].name, b->signers[i].key_id);
}

static int launch_guests(const struct request *r, const struct bundle *b, const char *folder,
			 const struct target *target, struct error *err)
{
	struct start_places places CLEANUP_START_PLACES = START_PLACES_INIT;

	if (find_places(r, b, folder, &places, err) < 0)
		return -1;
	print_signers(b);
	for (size_t i = 0; i < places.n; i++)
		if (launch_one(r, b, folder, target, places.v[i].name,
			       start_places_needed(&places, i), err) < 0)
			return -1;
	return 0;
}

/* An older bundle is refused before anything of it is unpacked. */
static int check_installed(const struct request *r, const struct bundle *b, struct error *err)
{
	for (size_t i = 0; i < b->guests.n; i++) {
		struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;
		struct error absent CLEANUP_ERROR = ERROR_INIT;
		const struct release *old;

		if ((r->guest && strcmp(r->guest, b->guests.v[i]) != 0) ||
		    instance_open(&inst, r->state, b->guests.v[i], &absent) < 0)
			continue;
		old = instance_release(&inst);
		if (bundle_check_revision(b, old->revision, old->digest, r->downgrade, err) < 0)
			return -1;
	}
	return 0;
}

static int launch(const struct request *r, struct error *err)
{
	const struct target *target;
	struct keyring ring CLEANUP_KEYRING = KEYRING_INIT;
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;
	CLEANUP_FREE char *folder = NULL;

	if (keyring_load(&ring, NULL, err) < 0 || bundle_open(&b, r->bundle, &ring, err) < 0 ||
	    bundle_check_trust(&b, r->allow_unsigned, err) < 0 || check_installed(r, &b, err) < 0 ||
	    install_bundle(r->state, &b, r->progress, &folder, err) < 0)
		return -1;
	target = choose_target(&b, r->target, err);
	if (!target || check_raw(r, target, err) < 0)
		return -1;
	if ((r->prepare || r->show) &&
	    launch_prepare(r->state, folder, target, r->root, r->prepare, err) < 0)
		return -1;
	/* below another root nothing can run */
	return r->show || strcmp(r->root, "/") != 0 ? 0 : launch_guests(r, &b, folder, target, err);
}

/* What runs is the controller's affair: nothing is installed here. */
static int launch_elsewhere(const struct request *r, const struct controller_options *o, struct error *err)
{
	struct keyring ring CLEANUP_KEYRING = KEYRING_INIT;
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;

	if (r->prepare || r->show || r->guest || r->replace || r->raw || r->downgrade ||
	    (r->target && strcmp(r->target, "eve") != 0))
		return error_set(err, ERR_USAGE, "launch: with --controller the whole bundle goes to an EVE device: "
				 "options for this host mean nothing");
	if (keyring_load(&ring, NULL, err) < 0 || bundle_open(&b, r->bundle, &ring, err) < 0 ||
	    bundle_check_trust(&b, r->allow_unsigned, err) < 0 || bundle_verify(&b, r->progress, err) < 0)
		return -1;
	print_signers(&b);
	return controller_launch(o, &b, r->timeout, err);
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *state = NULL, *guest = NULL, *target = NULL, *form = NULL;
	CLEANUP_FREE char *timeout = NULL, *root = NULL;
	int prepare = 0, unprepare = 0, show = 0;
	int allow_unsigned = 0, downgrade = 0, wait = 0, replace = 0, no_rollback = 0, raw = 0;
	struct controller_options controller CLEANUP_CONTROLLER_OPTIONS = { .url = NULL };
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct progress progress CLEANUP_PROGRESS = { .mode = PROGRESS_NONE };
	const struct poptOption options[] = {
		{ "guest", 0, POPT_ARG_STRING, &guest, 0, "only this guest of the bundle", "NAME" },
		{ "target", 't', POPT_ARG_STRING, &target, 0, "the hypervisor, if there are several",
		  "NAME" },
		WAIT_OPTION(&wait),
		TIMEOUT_OPTION(&timeout),
		{ "replace", 0, POPT_ARG_NONE, &replace, 0, "stop what runs of these guests first",
		  NULL },
		{ "no-rollback", 0, POPT_ARG_NONE, &no_rollback, 0,
		  "with --wait: leave a release without life running", NULL },
		{ "allow-unsigned", 0, POPT_ARG_NONE, &allow_unsigned, 0,
		  "accept a bundle that nobody signed whom this host trusts", NULL },
		{ "raw", 0, POPT_ARG_NONE, &raw, 0,
		  "only with a target that runs its disks as raw files", NULL },
		{ "downgrade", 0, POPT_ARG_NONE, &downgrade, 0,
		  "accept an older revision than the installed one", NULL },
		{ "prepare", 0, POPT_ARG_NONE, &prepare, 0,
		  "first make the host ready for the plan, as it is printed; alone: again", NULL },
		{ "unprepare", 0, POPT_ARG_NONE, &unprepare, 0, "undo what --prepare did", NULL },
		{ "show-preparation", 0, POPT_ARG_NONE, &show, 0,
		  "only print what the host would need", NULL },
		{ "root", 0, POPT_ARG_STRING, &root, 0,
		  "with these three: work below DIR, a copy of /sys and /proc", "DIR" },
		CONTROLLER_OPTIONS(&controller),
		STATE_OPTION(&state),
		PROGRESS_OPTION(&form),
		POPT_TABLEEND
	};
	struct request r;
	int rc = command_parse(cmd, options, 0, 1, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if ((args.n == 0 ? (unprepare != 0) == (prepare != 0) || show : unprepare != 0) ||
	    (root && !unprepare && !prepare && !show)) {
		error_set(err, ERR_USAGE, "launch: name a bundle, or give --prepare or --unprepare alone");
		return error_hint(err, "see 'rehost launch --help'");
	}
	if (args.n == 0)
		return (unprepare ? launch_unprepare : launch_prepare_alone)(
			state ? state : STATE_DEFAULT, root ? root : "/", err);
	r = (struct request){
		.root = root ? root : "/",
		.prepare = prepare != 0,
		.show = show != 0,
		.bundle = args.v[0],
		.state = state ? state : STATE_DEFAULT,
		.guest = guest,
		.target = target,
		.allow_unsigned = allow_unsigned != 0,
		.downgrade = downgrade != 0,
		.wait = wait != 0,
		.replace = replace != 0,
		.no_rollback = no_rollback != 0,
		.raw = raw != 0,
		.progress = &progress,
	};
	if (seconds_from_option("--timeout", timeout, 1, &r.timeout, err) < 0)
		return -1;
	if (progress_from_option(form, &progress, err) < 0 ||
	    controller_options_check(&controller, "launch", err) < 0)
		return -1;
	return controller.url ? launch_elsewhere(&r, &controller, err) : launch(&r, err);
}

const struct command command_launch = {
	.name = "launch",
	.synopsis = "NAME.rehost | --prepare | --unprepare",
	.summary = "verify a bundle, install it and start its guests",
	.text = "Nothing of a bundle is used before all of it is verified. Each guest becomes a process of\n"
		"its own that survives this terminal.\n"
		"    rehost launch line4.rehost --wait\n"
		"With --controller the guests become apps of an EVE device.\n"
		"    rehost launch line4.rehost --controller https://adam.plant:8080 --ca adam.pem \\\n"
		"        --device 4d1c0f5e-96ab-4a6e-8d0f-3c1d2e3f4a5b",
	.run = run,
};
