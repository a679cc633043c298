/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_EVE_APPS_H
#define REHOST_TARGET_EVE_APPS_H

/* The apps of a device: what its configuration wants of them, and what it reports. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"

struct eve_app {
	char *uuid, *name;
	bool wanted;			/* to be running                                   */
	bool changed;			/* the configuration before had it otherwise       */
	char *state;			/* as EVE reports it: RUNNING; NULL: nothing yet   */
	char *error;			/* what it complains of, or NULL                   */
	char *progress;			/* of a volume on its way: "press4-disk0 40 %"     */
	bool measured;			/* the device told what it takes:                  */
	uint64_t memory, memory_used;	/*                                           [MiB] */
	uint64_t cpu;			/* of processors, since it started             [s] */
	struct strv volumes;		/* UUIDs */
};

struct eve_apps {
	struct eve_app *list;
	size_t n;
};

#define EVE_APPS_INIT { NULL, 0 }

/**
 * eve_apps_of - those of a configuration, protobuf
 * @before: the one before, or NULL: all are changed
 */
int eve_apps_of(const uint8_t *config, size_t len, const uint8_t *before, size_t before_len,
		struct eve_apps *ret, struct error *err);
void eve_apps_clear(struct eve_apps *apps);

#define CLEANUP_EVE_APPS __attribute__((cleanup(eve_apps_clear)))

/**
 * eve_apps_hear - take in what a device reported: lines of JSON, the last word counts
 * @fresh: of them, from where on they are about the configuration as it is: changed apps hear no others
 *
 * Lines that are none of its business, or broken, are passed over.
 */
void eve_apps_hear(struct eve_apps *apps, const char *lines, size_t len, size_t fresh);

/** eve_apps_measure - what they take, from what a device reported of that (metrics); the last word counts */
void eve_apps_measure(struct eve_apps *apps, const char *lines, size_t len);

/** eve_app_state - as EVE calls it, or that it said nothing yet */
const char *eve_app_state(const struct eve_app *a);

/** eve_app_find - by name or UUID, or NULL */
struct eve_app *eve_app_find(const struct eve_apps *apps, const char *name);

/**
 * eve_apps_activate - want apps to run, or not to
 * @names: names or UUIDs of apps
 * @ret:   the configuration with that; the caller frees it
 * @err:   ERR_NOT_FOUND names the one that is not there
 */
int eve_apps_activate(const uint8_t *config, size_t len, const struct strv *names, bool wanted,
		      uint8_t **ret, size_t *ret_len, struct error *err);

#endif
