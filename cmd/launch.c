// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost launch: verify a bundle, install it, start its guests. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/controllers.h"
#include "cmd/launch_guests.h"
#include "cmd/launch_prepare.h"
#include "lib/base/alloc.h"
#include "lib/bundle.h"
#include "lib/install.h"

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

/* Targets that need raw disks get them without being told; the others cannot run them. */
static int check_raw(const struct launch_request *r, const struct target *target, struct error *err)
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

/* An older bundle is refused before anything of it is unpacked. */
static int check_installed(const struct launch_request *r, const struct bundle *b, struct error *err)
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

static int launch(const struct launch_request *r, struct error *err)
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
	if (r->show || strcmp(r->root, "/") != 0)
		return 0;
	print_signers(&b);
	return launch_guests(r, &b, folder, target, err);
}

/* What runs is the controller's affair: nothing is installed here. */
static int launch_elsewhere(const struct launch_request *r, const struct controller_options *o, struct error *err)
{
	struct keyring ring CLEANUP_KEYRING = KEYRING_INIT;
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;

	if (r->prepare || r->show || r->guest || r->replace || r->raw || r->downgrade || !r->wait ||
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
	int allow_unsigned = 0, downgrade = 0, wait = 0, no_wait = 0, replace = 0;
	int no_rollback = 0, raw = 0;
	struct controller_options controller CLEANUP_CONTROLLER_OPTIONS = { .url = NULL };
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct progress progress CLEANUP_PROGRESS = { .mode = PROGRESS_NONE };
	const struct poptOption options[] = {
		{ "guest", 0, POPT_ARG_STRING, &guest, 0, "only this guest of the bundle", "NAME" },
		{ "target", 't', POPT_ARG_STRING, &target, 0, "the hypervisor, if there are several",
		  "NAME" },
		{ "wait", 0, POPT_ARG_NONE, &wait, 0, "wait until each of them lives (it does)", NULL },
		{ "no-wait", 0, POPT_ARG_NONE, &no_wait, 0,
		  "leave when they are started, but for those that others depend on", NULL },
		{ "timeout", 0, POPT_ARG_STRING, &timeout, 0,
		  "seconds until each of them must live (as the guest says)", "S" },
		{ "replace", 0, POPT_ARG_NONE, &replace, 0, "stop what runs of these guests first",
		  NULL },
		{ "no-rollback", 0, POPT_ARG_NONE, &no_rollback, 0,
		  "leave a release without life running", NULL },
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
	struct launch_request r;
	int rc = command_parse(cmd, options, 0, 1, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if ((args.n == 0 ? (unprepare != 0) == (prepare != 0) || show : unprepare != 0) ||
	    (root && !unprepare && !prepare && !show)) {
		error_set(err, ERR_USAGE, "launch: name a bundle, or give --prepare or --unprepare alone");
		return error_hint(err, "see 'rehost launch --help'");
	}
	if (no_wait && (wait || timeout || no_rollback))
		return error_set(err, ERR_USAGE, "launch: with --no-wait nobody looks whether they live: --wait, "
				 "--timeout and --no-rollback mean nothing");
	if (args.n == 0)
		return (unprepare ? launch_unprepare : launch_prepare_alone)(
			state ? state : STATE_DEFAULT, root ? root : "/", err);
	r = (struct launch_request){
		.root = root ? root : "/",
		.prepare = prepare != 0,
		.show = show != 0,
		.bundle = args.v[0],
		.state = state ? state : STATE_DEFAULT,
		.guest = guest,
		.target = target,
		.allow_unsigned = allow_unsigned != 0,
		.downgrade = downgrade != 0,
		.wait = no_wait == 0,
		.wait_asked = wait != 0,
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
		"its own that survives this terminal. It is waited for until it lives; one that does not goes\n"
		"back to its release before.\n"
		"    rehost launch line4.rehost\n"
		"With --controller the guests become apps of an EVE device.\n"
		"    rehost launch line4.rehost --controller https://adam.plant:8080 --ca adam.pem \\\n"
		"        --device 4d1c0f5e-96ab-4a6e-8d0f-3c1d2e3f4a5b",
	.run = run,
};
