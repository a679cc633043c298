// SPDX-License-Identifier: GPL-2.0-or-later
/* Status and stop through EVE's controller, and following apps. */
#include "config.h"

#include <json-c/json.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cmd/controllers.h"
#include "lib/base/alloc.h"
#include "lib/base/identifier.h"
#include "lib/base/interrupt.h"

enum { POLL_MS = 2000 };

void controller_options_clear(struct controller_options *o)
{
	free(o->url);
	free(o->device);
	free(o->ca);
}

int controller_options_check(const struct controller_options *o, const char *command, struct error *err)
{
	if (!o->url && (o->device || o->ca || o->insecure))
		return error_set(err, ERR_USAGE, "%s: --device, --ca and --insecure go with --controller", command);
	if (!o->url || o->device) {
		if (!o->device || text_is_uuid(o->device))
			return 0;
		return error_set(err, ERR_USAGE, "%s: '%s' is no UUID of a device", command, o->device);
	}
	error_set(err, ERR_USAGE, "%s: which device? --device is missing", command);
	return error_hint(err, "'rehost controller devices' lists them");
}

static int check_device(struct eve_controller *c, const char *device, struct error *err)
{
	struct strv devices CLEANUP_STRV = STRV_INIT;

	if (eve_controller_devices(c, &devices, err) < 0)
		return -1;
	for (size_t i = 0; i < devices.n; i++)
		if (strcasecmp(devices.v[i], device) == 0)
			return 0;
	error_set(err, ERR_NOT_FOUND, "'%s' has no device %s", c->base, device);
	return error_hint(err, "'rehost controller devices' lists those that it has");
}

int controller_open(const struct controller_options *o, struct eve_controller *ret, struct error *err)
{
	const struct http_trust trust = { o->ca, o->insecure != 0 };

	if (eve_controller_open(ret, o->url, &trust, err) < 0)
		return -1;
	return o->device ? check_device(ret, o->device, err) : 0;
}

int controller_reported(struct eve_controller *c, const char *device, uint64_t *ret, struct error *err)
{
	CLEANUP_FREE char *lines = NULL;
	size_t len = 0;

	return eve_controller_lines(c, device, "info", &lines, &len, ret, err);
}

/* What the device reported by now; @from: bytes of it are older than its configuration. */
static int hear(struct eve_controller *c, const char *device, struct eve_apps *apps, uint64_t from,
		struct error *err)
{
	CLEANUP_FREE char *lines = NULL;
	uint64_t total = 0, first;
	size_t len = 0;

	if (eve_controller_lines(c, device, "info", &lines, &len, &total, err) < 0)
		return -1;
	first = total - len;
	eve_apps_hear(apps, lines, len, from > first ? (size_t)MIN(from - first, (uint64_t)len) : 0);
	return 0;
}

static const char *state_of(const struct eve_app *a)
{
	return a->state ? a->state : "nothing yet";
}

/* 1: as it is wanted, 0: on its way, -1: it says why not */
static int judge(const struct eve_app *a, struct error *err)
{
	if (!a->state)
		return 0;
	if (a->wanted && strcmp(a->state, "RUNNING") == 0)
		return 1;
	if (!a->wanted && (strcmp(a->state, "HALTED") == 0 || strcmp(a->state, "INSTALLED") == 0))
		return 1;
	if (strcmp(a->state, "ERROR") != 0 && !a->error)
		return 0;
	error_set(err, ERR_CHILD, "app '%s' is %s: %s", a->name, a->state,
		  a->error ? a->error : "EVE does not say why");
	return error_hint(err, "its configuration stays: EVE tries again by itself; 'rehost rollback' goes back");
}

static void print_change(const struct eve_app *a, char **said)
{
	bool on_way = a->progress && a->state && strcmp(a->state, "RUNNING") != 0;
	CLEANUP_FREE char *line = xasprintf("%s: %s%s%s%s", a->name, state_of(a), on_way ? " (" : "",
					    on_way ? a->progress : "", on_way ? ")" : "");

	if (*said && strcmp(*said, line) == 0)
		return;
	puts(line);
	fflush(stdout);
	free(*said);
	*said = STEAL(line);
}

static int judge_all(const struct eve_apps *apps, struct strv *said, struct error *err)
{
	int all = 1;

	for (size_t i = 0; i < apps->n; i++) {
		int rc;

		print_change(&apps->list[i], &said->v[i]);
		rc = judge(&apps->list[i], err);
		if (rc < 0)
			return -1;
		all &= rc;
	}
	return all;
}

static int no_word(const struct eve_apps *apps, uint64_t timeout_s, struct error *err)
{
	struct error unused CLEANUP_ERROR = ERROR_INIT;
	struct strv late CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;

	for (size_t i = 0; i < apps->n; i++)
		if (judge(&apps->list[i], &unused) != 1)
			strv_addf(&late, "%s (%s)", apps->list[i].name, state_of(&apps->list[i]));
	list = strv_join(&late, ", ");
	error_set(err, ERR_TIMEOUT, "after %llu s not as it is wanted: %s", (unsigned long long)timeout_s, list);
	return error_hint(err, "the device may not reach its controller or its registry; 'rehost status' shows "
			  "it later, 'rehost rollback' goes back");
}

int controller_follow(struct eve_controller *c, const char *device, struct eve_apps *apps, uint64_t from,
		      uint64_t timeout_s, struct error *err)
{
	struct pollfd wake = { .fd = interrupt_fd(), .events = POLLIN };
	struct strv said CLEANUP_STRV = STRV_INIT;
	double start = monotonic_seconds();

	if (!timeout_s)
		timeout_s = CONTROLLER_TIMEOUT_S;
	for (size_t i = 0; i < apps->n; i++)
		strv_add(&said, "");
	for (;;) {
		int rc;

		if (hear(c, device, apps, from, err) < 0)
			return -1;
		rc = judge_all(apps, &said, err);
		if (rc)
			return MIN(rc, 0);
		if (monotonic_seconds() - start > (double)timeout_s)
			return no_word(apps, timeout_s, err);
		poll(&wake, 1, POLL_MS);
		if (interrupt_check(err) < 0)
			return error_hint(err, "the configuration is with the controller all the same");
	}
}

static struct json_object *app_to_json(const struct eve_app *a)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(a->name));
	json_object_object_add(o, "uuid", json_object_new_string(a->uuid));
	json_object_object_add(o, "wanted", json_object_new_boolean(a->wanted));
	json_object_object_add(o, "state", a->state ? json_object_new_string(a->state) : NULL);
	json_object_object_add(o, "error", a->error ? json_object_new_string(a->error) : NULL);
	return o;
}

static void print_app(const struct eve_app *a)
{
	printf("%-20s %-8s %-20s %s\n", a->name, a->wanted ? "running" : "stopped", state_of(a),
	       a->error ? a->error : "");
}

static int print_apps(const struct eve_apps *apps, const struct strv *names, bool json, struct error *err)
{
	struct json_object *list = json ? json_object_new_array() : NULL;

	for (size_t i = 0; i < names->n; i++)
		if (!eve_app_find(apps, names->v[i])) {
			json_object_put(list);
			return error_set(err, ERR_NOT_FOUND, "the device has no app '%s'", names->v[i]);
		}
	if (!json && apps->n)
		printf("%-20s %-8s %-20s\n", "app", "wanted", "reported");
	for (size_t i = 0; i < apps->n; i++) {
		const struct eve_app *a = &apps->list[i];

		if (names->n && !strv_has(names, a->name) && !strv_has(names, a->uuid))
			continue;
		if (json)
			json_object_array_add(list, app_to_json(a));
		else
			print_app(a);
	}
	if (json)
		print_json(list);
	return 0;
}

int controller_status(const struct controller_options *o, const struct strv *names, bool json,
		      struct error *err)
{
	struct eve_controller c CLEANUP_EVE_CONTROLLER = EVE_CONTROLLER_INIT;
	struct eve_apps apps CLEANUP_EVE_APPS = EVE_APPS_INIT;
	CLEANUP_FREE uint8_t *config = NULL;
	size_t len = 0;

	if (controller_open(o, &c, err) < 0 || eve_controller_get(&c, o->device, &config, &len, err) < 0 ||
	    eve_apps_of(config, len, config, len, &apps, err) < 0 ||
	    hear(&c, o->device, &apps, 0, err) < 0)
		return -1;
	return print_apps(&apps, names, json, err);
}

int controller_stop(const struct controller_options *o, const struct strv *names, struct error *err)
{
	struct eve_controller c CLEANUP_EVE_CONTROLLER = EVE_CONTROLLER_INIT;
	CLEANUP_FREE uint8_t *before = NULL, *after = NULL;
	size_t before_len = 0, after_len = 0;

	if (controller_open(o, &c, err) < 0 || eve_controller_get(&c, o->device, &before, &before_len, err) < 0 ||
	    eve_apps_activate(before, before_len, names, false, &after, &after_len, err) < 0 ||
	    eve_controller_put(&c, o->device, after, after_len, err) < 0)
		return -1;
	for (size_t i = 0; i < names->n; i++)
		printf("%s: EVE is told to stop it; a guest that ignores the power button takes 11 minutes\n",
		       names->v[i]);
	return 0;
}
