/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_INSTANCES_H
#define REHOST_INSTANCES_H

/* What the commands for installed guests share. */

#include "cmd/command.h"
#include "lib/instance.h"
#include "lib/target/target.h"

#define STATE_OPTION(var)                                                                          \
	{ "state", 0, POPT_ARG_STRING, (var), 0, "folder of installed guests (" STATE_DEFAULT ")", \
	  "DIR" }
#define GRACE_OPTION(var)                                                                          \
	{ "grace", 0, POPT_ARG_STRING, (var), 0, "seconds to follow the power button (90)", "S" }
#define NOW_OPTION(var) { "now", 0, POPT_ARG_NONE, (var), 0, "switch it off at once", NULL }
#define WAIT_OPTION(var) { "wait", 0, POPT_ARG_NONE, (var), 0, "wait until it lives", NULL }
#define TIMEOUT_OPTION(var)                                                                        \
	{ "timeout", 0, POPT_ARG_STRING, (var), 0,                                                 \
	  "with --wait: seconds until it must live (as the guest says)", "S" }

/**
 * instance_open_with_target - an installed guest and the hypervisor that runs it
 * @state: value of --state, or NULL
 * @err:   ERR_NOT_FOUND; ERR_UNSUPPORTED if this program only generates for that target
 */
int instance_open_with_target(struct instance *ret, const struct target **ret_target,
			      const char *state, const char *name, struct error *err);

/* An installed guest that this command alone may change. */
struct guest_at_hand {
	struct instance inst;
	const struct target *target;
	int lock;
};

#define GUEST_AT_HAND_INIT { INSTANCE_INIT, NULL, -1 }

/** guest_take - open it, with its target and LOCK_CHANGE; guest_give_back() frees it */
int guest_take(struct guest_at_hand *ret, const char *state, const char *name, struct error *err);
void guest_give_back(struct guest_at_hand *g);

#define CLEANUP_GUEST_AT_HAND __attribute__((cleanup(guest_give_back)))

/** instance_runs - 1: a machine of it runs, or something that would start one; 0: not */
int instance_runs(const struct instance *inst, struct error *err);

/* How to start. */
struct start_options {
	bool wait;			/* until it lives                                   */
	uint64_t timeout;		/* for that [s]; 0: as the guest says, by accelerator */
	struct progress *progress;	/* or NULL                                          */
};

/**
 * instance_start - start the current release and say so
 * @inst: the caller holds LOCK_CHANGE; it is wanted from now on
 * @err:  ERR_BUSY if it runs; ERR_TIMEOUT, ERR_CHILD if it does not live
 */
int instance_start(struct instance *inst, const struct target *target,
		   const struct start_options *options, struct error *err);

/**
 * instance_await_life - until a guest that was started shows life, and say how one sees it
 * @inst: the caller holds LOCK_CHANGE; its release is proven then
 * @err:  ERR_TIMEOUT, ERR_CHILD if it does not live; ERR_UNSUPPORTED if its target cannot tell
 */
int instance_await_life(struct instance *inst, const struct target *target,
			const struct start_options *options, struct error *err);

/**
 * instance_await_neighbour - a guest that runs, until it lives
 *
 * One that has run for longer than it may take to live, or of which that cannot be told, is not waited for.
 */
int instance_await_neighbour(const struct instance *inst, const struct target *target, struct error *err);

/* How to stop. */
struct stop_options {
	const char *grace;		/* value of --grace, or NULL */
	bool now;
};

/**
 * instance_stop - stop it and say how
 * @inst:   the caller holds LOCK_CHANGE
 * @wanted: is it meant to run again?
 */
int instance_stop(struct instance *inst, const struct target *target,
		  const struct stop_options *options, bool wanted, struct error *err);

/**
 * instance_change_target - the hypervisor of the current release is to know nothing of it any more
 * @inst: does not run; the caller makes release @next the current one after that
 *
 * A release on the same hypervisor needs nothing. Else two of them would start it with the host.
 */
int instance_change_target(const struct instance *inst, const struct release *next, struct error *err);

/** state_name - "running" for INSTANCE_RUNNING */
const char *state_name(enum instance_state state);

#endif
