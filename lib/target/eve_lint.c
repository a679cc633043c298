// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules for EVE's device configuration: the whole, and what is known of the device. */
#include "config.h"

#include <stdarg.h>

#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/target/eve_lint_private.h"

enum { MODEL_MAX = 4 << 20, INTERVAL_MIN = 5, INTERVAL_MAX = 86400 };

struct json_object *lint_find(struct json_object *parent, const char *list, const char *key,
			      const char *text)
{
	struct member m;

	FOR_EACH_MEMBER(m, parent, list)
		if (*text && strcmp(text_of(m.o, key), text) == 0)
			return m.o;
	return NULL;
}

void lint(const struct lint *l, enum severity severity, const char *where, const char *field,
	  const char *rule, const char *remedy, const char *fmt, ...)
{
	CLEANUP_FREE char *subject = xasprintf("%s%s%s", where, *where && *field ? "." : "", field);
	CLEANUP_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	report_remedy(report_add(l->report, severity, subject, "[%s] %s", rule, text), "%s", remedy);
}

/* Two members of a list with the same key: EVE keeps one of them, or refuses both. */
static void lint_twice(const struct lint *l, const char *list, const char *key)
{
	struct member a, b;

	FOR_EACH_MEMBER(a, l->config, list)
		FOR_EACH_MEMBER(b, l->config, list) {
			if (i_b >= i_a)
				break;
			if (*text_of(a.o, key) && strcmp(text_of(a.o, key), text_of(b.o, key)) == 0)
				lint(l, FINDING_ERROR, a.where, key, "unique",
				     "give each its own", "'%s' is there already, as %s",
				     text_of(a.o, key), b.where);
		}
}

static void lint_identity(const struct lint *l)
{
	static const char *const unique[][2] = {
		{ "datastores", "id" },		{ "contentInfo", "uuid" },
		{ "volumes", "uuid" },		{ "networks", "id" },
		{ "apps", "displayname" },	{ "systemAdapterList", "name" },
		{ "deviceIoList", "phylabel" },
	};
	struct json_object *id = json_object_object_get(l->config, "id");

	if (!id || !*text_of(id, "uuid"))
		lint(l, FINDING_WARNING, "id", "uuid", "device-uuid",
		     "set it to the UUID that the controller gave the device; Adam does so by itself",
		     "it is missing: EVE then reads no app at all");
	for (size_t i = 0; i < ARRAY_SIZE(unique); i++)
		lint_twice(l, unique[i][0], unique[i][1]);
}

static void lint_items(const struct lint *l)
{
	struct member m;

	FOR_EACH_MEMBER(m, l->config, "configItems") {
		const char *key = text_of(m.o, "key"), *value = text_of(m.o, "value");
		uint64_t seconds;

		if (strcmp(key, "timer.config.interval") == 0 &&
		    parse_u64(value, INTERVAL_MIN, INTERVAL_MAX, &seconds, NULL) < 0)
			lint(l, FINDING_ERROR, m.where, "value", "config-item", "5 to 86400 seconds",
			     "'%s' is no interval that EVE takes", value);
	}
}

static int check_word(const char *option, const char *word, const char *const *words,
		      struct error *err)
{
	CLEANUP_FREE char *list = NULL;

	if (!word)
		return 0;
	for (size_t i = 0; words[i]; i++)
		if (strcmp(word, words[i]) == 0)
			return 0;
	for (size_t i = 0; words[i]; i++) {
		char *longer = xasprintf("%s%s%s", list ? list : "", i ? ", " : "", words[i]);

		free(list);
		list = longer;
	}
	error_set(err, ERR_USAGE, "%s: there is no '%s'", option, word);
	return error_hint(err, "choose one of: %s", list);
}

static int check_device(const struct eve_device *d, struct error *err)
{
	static const char *const hypervisors[] = { "kvm", "xen", "k", NULL };
	static const char *const archs[] = { "amd64", "arm64", NULL };
	static const char *const persists[] = { "ext4", "zfs", NULL };

	if (check_word("--hv", d->hypervisor, hypervisors, err) < 0 ||
	    check_word("--arch", d->arch, archs, err) < 0)
		return -1;
	return check_word("--persist", d->persist, persists, err);
}

static int read_model(const char *path, struct json_object **ret, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	size_t len;

	if (file_read(path, MODEL_MAX, &text, &len, err) < 0)
		return -1;
	*ret = json_tokener_parse(text);
	if (!json_object_is_type(*ret, json_type_object) ||
	    !json_object_is_type(json_object_object_get(*ret, "ioMemberList"), json_type_array)) {
		json_object_put(*ret);
		*ret = NULL;
		return error_set(err, ERR_FORMAT, "'%s' is no model of an EVE device", path);
	}
	return 0;
}

int eve_lint(struct json_object *config, const struct eve_device *device, struct report *ret,
	     struct error *err)
{
	struct lint l = { config, device, ret };
	struct json_object *model = NULL;

	if (check_device(device, err) < 0 ||
	    (device->model && read_model(device->model, &model, err) < 0))
		return -1;
	lint_identity(&l);
	lint_items(&l);
	lint_storage(&l);
	lint_devices(&l, model);
	lint_network(&l);
	lint_apps(&l);
	json_object_put(model);
	return 0;
}
