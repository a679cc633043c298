// SPDX-License-Identifier: GPL-2.0-or-later
/* Launch and rollback through EVE's controller: merge, show, give, read back, follow. */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cmd/controllers.h"
#include "lib/base/alloc.h"
#include "lib/base/json.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/target/eve.h"
#include "lib/target/eve_lint.h"
#include "lib/target/eve_merge.h"
#include "lib/target/eve_message.h"

/* Configurations on their way, protobuf. */
struct change {
	uint8_t *own, *before, *after;
	size_t own_len, before_len, after_len;
	struct json_object *before_json, *after_json;
	struct strv lines;
};

static void clear_change(struct change *c)
{
	free(c->own);
	free(c->before);
	free(c->after);
	json_object_put(c->before_json);
	json_object_put(c->after_json);
	strv_clear(&c->lines);
}

#define CLEANUP_CHANGE __attribute__((cleanup(clear_change)))

static char *kept_path(const char *bundle, const char *device, const char *what)
{
	return xasprintf("%s.%s.%s.pb", bundle, device, what);
}

static int keep(const char *bundle, const char *device, const char *what, const uint8_t *data, size_t len,
		struct error *err)
{
	CLEANUP_FREE char *path = kept_path(bundle, device, what);

	return file_write(path, data, len, OUTFILE_REPLACE, err);
}

static int read_own(const struct bundle *b, struct change *c, struct error *err)
{
	const struct bundle_file *f = bundle_find(b, BUNDLE_TARGETS "/eve/" EVE_CONFIG_PB, err);
	char *text = NULL;

	if (!f)
		return error_hint(err, "make the bundle with --target eve");
	if (f->form != FORM_WHOLE) {
		error_set(err, ERR_REFUSED, "'%s' has only the differences to another bundle", b->path);
		return error_hint(err, "launch the whole bundle");
	}
	if (bundle_read_text(b, f, EVE_CONFIG_MAX, &text, &c->own_len, err) < 0)
		return -1;
	c->own = (uint8_t *)text;
	return 0;
}

/* A device that is new has none yet: it begins with its name alone. */
static int read_before(struct eve_controller *c, const char *device, struct change *ret, struct error *err)
{
	struct error absent CLEANUP_ERROR = ERROR_INIT;
	struct json_object *empty CLEANUP_JSON = NULL, *id;

	if (eve_controller_get(c, device, &ret->before, &ret->before_len, &absent) == 0)
		return 0;
	if (absent.code != ERR_NOT_FOUND)
		return error_move(err, &absent);
	empty = json_object_new_object();
	id = json_object_new_object();
	json_object_object_add(id, "uuid", json_object_new_string(device));
	json_object_object_add(id, "version", json_object_new_string("0"));
	json_object_object_add(empty, "id", id);
	return eve_from_json(empty, NULL, &ret->before, &ret->before_len, err);
}

static bool was_there(const struct report *before, const struct finding *f)
{
	for (size_t i = 0; i < before->n_findings; i++)
		if (strcmp(before->findings[i].text, f->text) == 0)
			return true;
	return false;
}

/* What EVE would wait for for ever is not sent; what was wrong before is not ours to judge. */
static int check_lint(const struct change *c, struct error *err)
{
	const struct eve_device unknown = { NULL, NULL, NULL, NULL };
	struct report before CLEANUP_REPORT = REPORT_INIT, after CLEANUP_REPORT = REPORT_INIT;

	if (eve_lint(c->before_json, &unknown, &before, err) < 0 ||
	    eve_lint(c->after_json, &unknown, &after, err) < 0)
		return -1;
	for (size_t i = 0; i < after.n_findings; i++) {
		const struct finding *f = &after.findings[i];

		if (f->severity != FINDING_ERROR || was_there(&before, f))
			continue;
		error_set(err, ERR_REFUSED, "%s: %s", f->subject ? f->subject : "configuration", f->text);
		return f->remedy ? error_hint(err, "%s", f->remedy) : -1;
	}
	return 0;
}

static int compare(struct change *c, struct error *err)
{
	c->before_json = eve_to_json(c->before, c->before_len, NULL, err);
	if (!c->before_json)
		return -1;
	c->after_json = eve_to_json(c->after, c->after_len, NULL, err);
	if (!c->after_json)
		return -1;
	eve_difference(c->before_json, c->after_json, &c->lines);
	return 0;
}

static int merge(struct change *c, struct error *err)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;

	if (eve_merge(c->before, c->before_len, c->own, c->own_len, &report, &c->after, &c->after_len, err) < 0 ||
	    compare(c, err) < 0)
		return -1;
	print_report(&report);
	for (size_t i = 0; i < c->lines.n; i++)
		puts(c->lines.v[i]);
	return check_lint(c, err);
}

static void warn_of_admin(const struct eve_controller *c)
{
	printf("note: %s/admin asks nobody for a password: only this host should reach it\n", c->base);
}

/* What was there is kept before anything is sent. */
static int give(struct eve_controller *c, const char *bundle, const char *device, const struct change *change,
		struct error *err)
{
	if (keep(bundle, device, "previous", change->before, change->before_len, err) < 0 ||
	    keep(bundle, device, "launched", change->after, change->after_len, err) < 0)
		return -1;
	return eve_controller_put(c, device, change->after, change->after_len, err);
}

/* Those of the bundle alone: others are no affair of ours. */
static int own_apps(const struct change *change, struct eve_apps *ret, struct error *err)
{
	struct eve_apps own CLEANUP_EVE_APPS = EVE_APPS_INIT, all CLEANUP_EVE_APPS = EVE_APPS_INIT;

	if (eve_apps_of(change->own, change->own_len, NULL, 0, &own, err) < 0 ||
	    eve_apps_of(change->after, change->after_len, change->before, change->before_len, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < own.n; i++) {
		struct eve_app *a = eve_app_find(&all, own.list[i].uuid);

		if (!a)
			continue;
		*APPEND(ret->list, ret->n) = *a;
		*a = (struct eve_app){ .uuid = xstrdup(""), .name = xstrdup("") };
	}
	return 0;
}

int controller_launch(const struct controller_options *o, const struct bundle *b, uint64_t timeout_s,
		      struct error *err)
{
	struct eve_controller c CLEANUP_EVE_CONTROLLER = EVE_CONTROLLER_INIT;
	struct change change CLEANUP_CHANGE = { .own = NULL };
	struct eve_apps apps CLEANUP_EVE_APPS = EVE_APPS_INIT;
	struct controller_watch *watch CLEANUP_CONTROLLER_WATCH = NULL;

	if (read_own(b, &change, err) < 0 || controller_open(o, &c, err) < 0)
		return -1;
	warn_of_admin(&c);
	if (read_before(&c, o->device, &change, err) < 0 || merge(&change, err) < 0 ||
	    own_apps(&change, &apps, err) < 0 || controller_watch_begin(&c, o->device, &apps, &watch, err) < 0)
		return -1;
	if (change.lines.n == 0)
		puts("the device has this configuration already");
	else if (give(&c, b->path, o->device, &change, err) < 0)
		return -1;
	return controller_follow(watch, timeout_s, err);
}

static int read_kept(const char *bundle, const char *device, const char *what, uint8_t **ret, size_t *ret_len,
		     struct error *err)
{
	CLEANUP_FREE char *path = kept_path(bundle, device, what);
	char *text = NULL;

	if (file_read(path, EVE_CONFIG_MAX, &text, ret_len, err) < 0)
		return -1;
	*ret = (uint8_t *)text;
	return 0;
}

/* Somebody else's changes since then would be lost. */
static int check_untouched(const char *bundle, const char *device, const struct change *c, struct error *err)
{
	CLEANUP_FREE uint8_t *launched = NULL;
	CLEANUP_FREE char *path = kept_path(bundle, device, "launched");
	struct json_object *o CLEANUP_JSON = NULL;
	size_t len = 0;

	if (!path_exists(path))
		return 0;
	if (read_kept(bundle, device, "launched", &launched, &len, err) < 0)
		return -1;
	o = eve_to_json(launched, len, NULL, err);
	if (!o)
		return -1;
	if (json_object_equal(o, c->before_json))
		return 0;
	error_set(err, ERR_REFUSED, "the configuration of device %s was changed since this bundle was launched",
		  device);
	return error_hint(err, "to lose that change remove '%s'", path);
}

/* EVE deletes an app that is no longer there with all its disks. */
static int check_removed(const struct change *c, struct error *err)
{
	struct eve_apps before CLEANUP_EVE_APPS = EVE_APPS_INIT, after CLEANUP_EVE_APPS = EVE_APPS_INIT;

	if (eve_apps_of(c->before, c->before_len, NULL, 0, &before, err) < 0 ||
	    eve_apps_of(c->after, c->after_len, NULL, 0, &after, err) < 0)
		return -1;
	for (size_t i = 0; i < before.n; i++)
		if (!eve_app_find(&after, before.list[i].uuid)) {
			error_set(err, ERR_REFUSED, "app '%s' was not there before: going back deletes it with its "
				  "disks", before.list[i].name);
			return error_hint(err, "'rehost stop' only stops it; --remove-apps deletes it");
		}
	return 0;
}

int controller_rollback(const struct controller_options *o, const char *bundle, bool remove_apps,
			struct error *err)
{
	struct eve_controller c CLEANUP_EVE_CONTROLLER = EVE_CONTROLLER_INIT;
	struct change change CLEANUP_CHANGE = { .own = NULL };

	if (read_kept(bundle, o->device, "previous", &change.after, &change.after_len, err) < 0)
		return error_hint(err, "name the bundle that was launched, where it was launched");
	if (controller_open(o, &c, err) < 0 ||
	    eve_controller_get(&c, o->device, &change.before, &change.before_len, err) < 0 ||
	    compare(&change, err) < 0 || check_untouched(bundle, o->device, &change, err) < 0 ||
	    (!remove_apps && check_removed(&change, err) < 0))
		return -1;
	for (size_t i = 0; i < change.lines.n; i++)
		puts(change.lines.v[i]);
	if (give(&c, bundle, o->device, &change, err) < 0)
		return -1;
	printf("device %s has the configuration of before again\n", o->device);
	return 0;
}
