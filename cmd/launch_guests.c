// SPDX-License-Identifier: GPL-2.0-or-later
/* The guests of a bundle: a release for each, started, seen to live, or gone back. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/launch_guests.h"
#include "lib/base/alloc.h"
#include "lib/install.h"
#include "lib/instance_plan.h"

/* What runs is stopped only when the new release is ready, and only if that was asked for. */
static int make_room(const struct launch_request *r, struct instance *inst, struct error *err)
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
static int open_or_make(const struct launch_request *r, const char *name, struct instance *ret,
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
static int install_one(const struct launch_request *r, const struct bundle *b, const char *folder,
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
static int go_back(const struct launch_request *r, struct instance *inst, uint64_t before,
		   struct error *err)
{
	const struct stop_options now = { NULL, true };
	struct start_options start = { .wait = false };
	struct error failure CLEANUP_ERROR = ERROR_INIT;
	const struct target *target = target_find(instance_release(inst)->target, NULL);
	uint64_t failed = inst->current;

	if (err->code == ERR_INTERRUPTED || err->code == ERR_UNSUPPORTED || !before || before == failed ||
	    r->no_rollback)
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

/* A guest that was started, and that this command alone may change until it is seen to live. */
struct launched {
	struct instance inst;
	int lock;
	uint64_t before;	/* the release that is gone back to, 0: none */
	bool waits;
};

static void launched_clear(struct launched *l)
{
	cleanup_close(&l->lock);
	instance_clear(&l->inst);
}

/* What no target can tell of is said, and nothing is held against the release. */
static int prove(const struct launch_request *r, const struct target *target, struct launched *l,
		 struct error *err)
{
	const struct start_options options = { true, r->timeout, r->progress };
	struct error failure CLEANUP_ERROR = ERROR_INIT;

	l->waits = false;
	if (instance_await_life(&l->inst, target, &options, &failure) == 0)
		return 0;
	if (failure.code == ERR_UNSUPPORTED && !r->wait_asked) {
		printf("%s: %s\n", l->inst.name, failure.msg);
		return 0;
	}
	error_move(err, &failure);
	return go_back(r, &l->inst, l->before, err);
}

/* @needed: another guest depends on it, and it is waited for before that one starts */
static int launch_one(const struct launch_request *r, const struct bundle *b, const char *folder,
		      const struct target *target, const char *name, bool needed, struct launched *ret,
		      struct error *err)
{
	const struct start_options start = { .wait = false };

	if (open_or_make(r, name, &ret->inst, err) < 0)
		return -1;
	ret->lock = instance_lock(&ret->inst, LOCK_CHANGE, err);
	if (ret->lock < 0 || install_one(r, b, folder, target, &ret->inst, &ret->before, err) < 0)
		return -1;
	if (instance_start(&ret->inst, target, &start, err) < 0)
		return go_back(r, &ret->inst, ret->before, err);
	ret->waits = r->wait;
	return needed ? prove(r, target, ret, err) : 0;
}

/* Each of them has its own release to go back to: one that does not live is no reason to leave the others. */
static int prove_all(const struct launch_request *r, const struct target *target, struct launched *v, size_t n,
		     struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		struct error failure CLEANUP_ERROR = ERROR_INIT;

		if (!v[i].waits || err->code == ERR_INTERRUPTED || prove(r, target, &v[i], &failure) == 0)
			continue;
		if (!error_is_set(err))
			error_move(err, &failure);
		else
			printf("%s: %s\n", v[i].inst.name, failure.msg);
	}
	return error_is_set(err) ? -1 : 0;
}

/* Those that are asked for, in the order that is planned. */
static int find_places(const struct launch_request *r, const struct bundle *b, const char *folder,
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

int launch_guests(const struct launch_request *r, const struct bundle *b, const char *folder,
		  const struct target *target, struct error *err)
{
	struct start_places places CLEANUP_START_PLACES = START_PLACES_INIT;
	CLEANUP_FREE struct launched *launched = NULL;
	size_t n = 0;

	if (find_places(r, b, folder, &places, err) < 0)
		return -1;
	launched = xcalloc(places.n, sizeof(*launched));
	for (; n < places.n && !error_is_set(err); n++) {
		launched[n] = (struct launched){ INSTANCE_INIT, -1, 0, false };
		launch_one(r, b, folder, target, places.v[n].name, start_places_needed(&places, n),
			   &launched[n], err);
	}
	prove_all(r, target, launched, n, err);
	for (size_t i = 0; i < n; i++)
		launched_clear(&launched[i]);
	return error_is_set(err) ? -1 : 0;
}
