// SPDX-License-Identifier: GPL-2.0-or-later
/* The apps of a device: what is wanted of them, and what it reports. */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/json.h"
#include "lib/base/size.h"
#include "lib/target/eve_apps.h"
#include "lib/target/eve_message_private.h"
#include "lib/target/eve_reports.h"

static void free_config(Eve__EdgeDevConfig **m)
{
	if (*m)
		protobuf_c_message_free_unpacked(&(*m)->base, NULL);
}

#define CLEANUP_CONFIG __attribute__((cleanup(free_config)))

static const char *uuid_of(const Eve__AppInstanceConfig *app)
{
	return app->uuidandversion ? app->uuidandversion->uuid : "";
}

static const Eve__AppInstanceConfig *same_app(const Eve__EdgeDevConfig *config,
					      const Eve__AppInstanceConfig *app)
{
	for (size_t i = 0; config && i < config->n_apps; i++)
		if (strcmp(uuid_of(config->apps[i]), uuid_of(app)) == 0)
			return config->apps[i];
	return NULL;
}

static bool equal(const Eve__AppInstanceConfig *a, const Eve__AppInstanceConfig *b)
{
	struct json_object *of_a CLEANUP_JSON = a ? eve_message_to_json(&a->base) : NULL;
	struct json_object *of_b CLEANUP_JSON = b ? eve_message_to_json(&b->base) : NULL;

	return of_a && of_b && json_object_equal(of_a, of_b);
}

static void add_app(struct eve_apps *apps, const Eve__AppInstanceConfig *app, bool changed)
{
	struct eve_app *a = APPEND(apps->list, apps->n);

	*a = (struct eve_app){ .uuid = xstrdup(uuid_of(app)), .name = xstrdup(app->displayname),
			       .wanted = app->activate, .changed = changed };
	for (size_t i = 0; i < app->n_volumereflist; i++)
		strv_add(&a->volumes, app->volumereflist[i]->uuid);
}

int eve_apps_of(const uint8_t *config, size_t len, const uint8_t *before, size_t before_len,
		struct eve_apps *ret, struct error *err)
{
	Eve__EdgeDevConfig *m CLEANUP_CONFIG = eve__edge_dev_config__unpack(NULL, len, config);
	Eve__EdgeDevConfig *old CLEANUP_CONFIG =
		before ? eve__edge_dev_config__unpack(NULL, before_len, before) : NULL;

	if (!m)
		return error_set(err, ERR_FORMAT, "it is not a device configuration in protobuf");
	for (size_t i = 0; i < m->n_apps; i++)
		add_app(ret, m->apps[i], !equal(m->apps[i], same_app(old, m->apps[i])));
	return 0;
}

void eve_apps_clear(struct eve_apps *apps)
{
	for (size_t i = 0; i < apps->n; i++) {
		struct eve_app *a = &apps->list[i];

		free(a->uuid);
		free(a->name);
		free(a->state);
		free(a->error);
		free(a->progress);
		strv_clear(&a->volumes);
	}
	free(apps->list);
	*apps = (struct eve_apps)EVE_APPS_INIT;
}

static void set(char **to, char *value)
{
	free(*to);
	*to = value;
}

/* Errors may be one or many; the first that is one counts. */
static char *error_in(struct json_object *o, const char *key)
{
	struct json_object *list = json_get_array(o, key), *one = json_get_object(o, key);
	const char *text;

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		one = json_object_array_get_idx(list, i);
		text = json_get_text(one, "severity");
		if (!text || strcmp(text, "SEVERITY_NOTICE") != 0)
			break;
		one = NULL;
	}
	text = json_get_text(one, "description");
	return text && *text ? eve_plain_text(text) : NULL;
}

static void hear_app(struct eve_apps *apps, struct json_object *info, bool fresh)
{
	const char *id = json_get_text(info, "AppID"), *state = json_get_text(info, "state");

	for (size_t i = 0; id && i < apps->n; i++) {
		struct eve_app *a = &apps->list[i];

		if (strcasecmp(a->uuid, id) != 0 || (a->changed && !fresh))
			continue;
		set(&a->state, eve_plain_text(state ? state : "INVALID"));
		set(&a->error, error_in(info, "appErr"));
	}
}

static void hear_volume(struct eve_apps *apps, struct json_object *info, bool fresh)
{
	const char *id = json_get_text(info, "uuid"), *display = json_get_text(info, "displayName");
	CLEANUP_FREE char *name = display ? eve_plain_text(display) : NULL;
	struct json_object *percent = NULL;

	json_object_object_get_ex(info, "progressPercentage", &percent);
	for (size_t i = 0; id && i < apps->n; i++) {
		struct eve_app *a = &apps->list[i];
		char *error;

		if (!strv_has(&a->volumes, id) || (a->changed && !fresh))
			continue;
		error = error_in(info, "volumeErr");
		if (error)
			set(&a->error, error);
		set(&a->progress, xasprintf("%s %d %%", name ? name : id,
					    percent ? json_object_get_int(percent) : 0));
	}
}

void eve_apps_hear(struct eve_apps *apps, const char *lines, size_t len, size_t fresh)
{
	for (size_t at = 0, start = 0;;) {
		struct json_object *o CLEANUP_JSON = eve_reports_next(lines, len, &at, &start);

		if (!o)
			return;
		hear_app(apps, json_get_object(o, "ainfo"), start >= fresh);
		hear_volume(apps, json_get_object(o, "vinfo"), start >= fresh);
	}
}

/* Numbers of 64 bits are texts in protobuf's JSON. */
static uint64_t number_in(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	if (!o || !json_object_object_get_ex(o, key, &value))
		return 0;
	return json_object_get_uint64(value);
}

static void measure_app(struct eve_apps *apps, struct json_object *metric)
{
	struct json_object *memory = json_get_object(metric, "appMemory");
	const char *id = json_get_text(metric, "AppID");

	for (size_t i = 0; id && i < apps->n; i++) {
		struct eve_app *a = &apps->list[i];

		if (strcasecmp(a->uuid, id) != 0)
			continue;
		a->measured = true;
		a->memory = number_in(memory, "allocatedMB");
		a->memory_used = number_in(memory, "usedMB");
		a->cpu = number_in(json_get_object(metric, "cpu"), "total");
	}
}

/* Source: eve-api, proto/metrics/metrics.proto: ZMetricMsg, appMetric */
void eve_apps_measure(struct eve_apps *apps, const char *lines, size_t len)
{
	for (size_t at = 0, start = 0;;) {
		struct json_object *o CLEANUP_JSON = eve_reports_next(lines, len, &at, &start);
		struct json_object *list = json_get_array(o, "am");

		if (!o)
			return;
		for (size_t i = 0; list && i < json_object_array_length(list); i++)
			measure_app(apps, json_object_array_get_idx(list, i));
	}
}

const char *eve_app_state(const struct eve_app *a)
{
	return a->state ? a->state : "nothing yet";
}

struct eve_app *eve_app_find(const struct eve_apps *apps, const char *name)
{
	for (size_t i = 0; i < apps->n; i++)
		if (strcmp(apps->list[i].name, name) == 0 || strcasecmp(apps->list[i].uuid, name) == 0)
			return &apps->list[i];
	return NULL;
}

static int activate(Eve__EdgeDevConfig *config, const char *name, bool wanted, struct error *err)
{
	bool found = false;

	for (size_t i = 0; i < config->n_apps; i++) {
		Eve__AppInstanceConfig *app = config->apps[i];

		if (strcmp(app->displayname, name) != 0 && strcasecmp(uuid_of(app), name) != 0)
			continue;
		app->activate = wanted;
		found = true;
	}
	return found ? 0 : error_set(err, ERR_NOT_FOUND, "the device has no app '%s'", name);
}

/* A controller tells configurations apart by it. */
static void count_up(Eve__EdgeDevConfig *config)
{
	uint64_t n = 0;

	if (!config->id || parse_u64(config->id->version, 0, UINT32_MAX, &n, NULL) < 0)
		return;
	free(config->id->version);
	config->id->version = xasprintf("%" PRIu64, n + 1);
}

int eve_apps_activate(const uint8_t *config, size_t len, const struct strv *names, bool wanted,
		      uint8_t **ret, size_t *ret_len, struct error *err)
{
	Eve__EdgeDevConfig *m CLEANUP_CONFIG = eve__edge_dev_config__unpack(NULL, len, config);

	if (!m)
		return error_set(err, ERR_FORMAT, "it is not a device configuration in protobuf");
	for (size_t i = 0; i < names->n; i++)
		if (activate(m, names->v[i], wanted, err) < 0)
			return -1;
	count_up(m);
	*ret_len = protobuf_c_message_get_packed_size(&m->base);
	*ret = xmalloc(*ret_len + 1);
	protobuf_c_message_pack(&m->base, *ret);
	return 0;
}
