/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CMD_CONTROLLERS_H
#define REHOST_CMD_CONTROLLERS_H

/*
 * What the commands share that speak to EVE's controller instead of the machines of this host. A bundle
 * that was launched has beside it NAME.rehost.DEVICE.previous.pb and NAME.rehost.DEVICE.launched.pb: what
 * the device had before, and what it was given.
 */

#include <stdint.h>

#include "cmd/command.h"
#include "lib/bundle.h"
#include "lib/target/eve_apps.h"
#include "lib/target/eve_controller.h"

struct controller_options {
	char *url, *device, *ca;	/* of popt, or NULL */
	int insecure;
};

void controller_options_clear(struct controller_options *o);

#define CLEANUP_CONTROLLER_OPTIONS __attribute__((cleanup(controller_options_clear)))

/* of every command that can go to a controller */
#define CONTROLLER_TRUST_OPTIONS(o)                                                                \
	{ "controller", 0, POPT_ARG_STRING, &(o)->url, 0, "EVE's controller, Adam", "URL" },         \
	{ "ca", 0, POPT_ARG_STRING, &(o)->ca, 0,                                                     \
	  "certificates to trust for it instead of this host's", "FILE" },                           \
	{ "insecure", 0, POPT_ARG_NONE, &(o)->insecure, 0,                                           \
	  "take any certificate of it, and http://", NULL }
#define CONTROLLER_OPTIONS(o)                                                                      \
	CONTROLLER_TRUST_OPTIONS(o),                                                               \
	{ "device", 0, POPT_ARG_STRING, &(o)->device, 0, "with --controller: the device", "UUID" }

/** controller_options_check - are they all there, or none? ERR_USAGE if not */
int controller_options_check(const struct controller_options *o, const char *command, struct error *err);

/** controller_open - the controller, and whether it knows the device (if one is given) */
int controller_open(const struct controller_options *o, struct eve_controller *ret, struct error *err);

/* An app is followed until it runs or says why not. */
enum { CONTROLLER_TIMEOUT_S = 900 };

/* Apps that are followed, and what their device had reported before it got its configuration. */
struct controller_watch;

/**
 * controller_watch_begin - get ready to follow apps, before their device is given its configuration
 * @apps: stay the caller's
 * @ret:  controller_watch_end() frees it
 */
int controller_watch_begin(struct eve_controller *c, const char *device, struct eve_apps *apps,
			   struct controller_watch **ret, struct error *err);
void controller_watch_end(struct controller_watch **w);

#define CLEANUP_CONTROLLER_WATCH __attribute__((cleanup(controller_watch_end)))

/**
 * controller_follow - print what becomes of apps until all of them are as they are wanted: states, what they
 * write to their consoles, complaints of the device about them, and at the end what they take
 * @timeout_s: 0: CONTROLLER_TIMEOUT_S
 * @err:       ERR_CHILD: one says why not; ERR_TIMEOUT
 */
int controller_follow(struct controller_watch *w, uint64_t timeout_s, struct error *err);

/**
 * controller_hear - take in what the device reported by now
 * @from: bytes of it that are older than its configuration
 */
int controller_hear(struct eve_controller *c, const char *device, struct eve_apps *apps, uint64_t from,
		    struct error *err);

/** controller_measure - take in what the apps take, as far as the device told it */
int controller_measure(struct eve_controller *c, const char *device, struct eve_apps *apps, struct error *err);

/** controller_logs - print what an app writes to its console; NULL: what the device itself logs */
int controller_logs(const struct controller_options *o, const char *app, struct error *err);

/** controller_launch - the apps of a bundle, verified, onto the device */
int controller_launch(const struct controller_options *o, const struct bundle *b, uint64_t timeout_s,
		      struct error *err);

/** controller_status - a line for each app; @names: only these */
int controller_status(const struct controller_options *o, const struct strv *names, bool json,
		      struct error *err);

/** controller_stop - apps are not wanted to run any more, and stay with their disks */
int controller_stop(const struct controller_options *o, const struct strv *names, struct error *err);

/** controller_rollback - the configuration that the device had before a bundle was launched */
int controller_rollback(const struct controller_options *o, const char *bundle, bool remove_apps,
			struct error *err);

#endif
