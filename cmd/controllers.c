// SPDX-License-Identifier: GPL-2.0-or-later
/* Status, stop and logs through EVE's controller. */
#include "config.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cmd/controllers.h"
#include "lib/base/alloc.h"
#include "lib/base/identifier.h"
#include "lib/target/eve_reports.h"

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

static struct json_object *app_to_json(const struct eve_app *a)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(a->name));
	json_object_object_add(o, "uuid", json_object_new_string(a->uuid));
	json_object_object_add(o, "wanted", json_object_new_boolean(a->wanted));
	json_object_object_add(o, "state", a->state ? json_object_new_string(a->state) : NULL);
	json_object_object_add(o, "error", a->error ? json_object_new_string(a->error) : NULL);
	if (a->measured) {
		json_object_object_add(o, "memory_mib", json_object_new_uint64(a->memory));
		json_object_object_add(o, "memory_used_mib", json_object_new_uint64(a->memory_used));
		json_object_object_add(o, "cpu_seconds", json_object_new_uint64(a->cpu));
	}
	return o;
}

static void print_app(const struct eve_app *a)
{
	CLEANUP_FREE char *memory = a->measured ? xasprintf("%" PRIu64 "/%" PRIu64 " MiB", a->memory_used, a->memory)
						: xstrdup("-");
	CLEANUP_FREE char *cpu = a->measured ? xasprintf("%" PRIu64 " s", a->cpu) : xstrdup("-");

	printf("%-20s %-8s %-20s %-14s %-8s %s\n", a->name, a->wanted ? "running" : "stopped", eve_app_state(a),
	       memory, cpu, a->error ? a->error : "");
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
		printf("%-20s %-8s %-20s %-14s %-8s\n", "app", "wanted", "reported", "memory used", "cpu");
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
	    controller_hear(&c, o->device, &apps, 0, err) < 0 ||
	    controller_measure(&c, o->device, &apps, err) < 0)
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

static int find_app(struct eve_controller *c, const char *device, const char *name, char **ret, struct error *err)
{
	struct eve_apps apps CLEANUP_EVE_APPS = EVE_APPS_INIT;
	CLEANUP_FREE uint8_t *config = NULL;
	const struct eve_app *a;
	size_t len = 0;

	if (eve_controller_get(c, device, &config, &len, err) < 0 ||
	    eve_apps_of(config, len, config, len, &apps, err) < 0)
		return -1;
	a = eve_app_find(&apps, name);
	if (!a)
		return error_set(err, ERR_NOT_FOUND, "the device has no app '%s'", name);
	*ret = xasprintf("app/%s/logs", a->uuid);
	return 0;
}

int controller_logs(const struct controller_options *o, const char *app, struct error *err)
{
	struct eve_controller c CLEANUP_EVE_CONTROLLER = EVE_CONTROLLER_INIT;
	struct strv lines CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *what = app ? NULL : xstrdup("logs"), *text = NULL;
	uint64_t total = 0;
	size_t len = 0;

	if (controller_open(o, &c, err) < 0 || (app && find_app(&c, o->device, app, &what, err) < 0) ||
	    eve_controller_lines(&c, o->device, what, &text, &len, &total, err) < 0)
		return -1;
	eve_log_lines(text, len, 0, NULL, false, &lines);
	for (size_t i = 0; i < lines.n; i++)
		puts(lines.v[i]);
	return 0;
}
