// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of targets. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/strv.h"
#include "lib/target/refused.h"
#include "lib/target/target.h"

enum { SETTING_FILE_MAX = 65536 };

#define TARGET(name) extern const struct target target_##name;
#include "lib/target/targets.def"
#undef TARGET

const struct target *const targets[] = {
#define TARGET(name) &target_##name,
#include "lib/target/targets.def"
#undef TARGET
	NULL,
};

static const struct target *refuse(const struct refused_target *r, struct error *err)
{
	error_set(err, ERR_UNSUPPORTED, "%s cannot run an old PC: %s", r->title, r->why);
	error_hint(err, "choose %s", r->instead);
	return NULL;
}

const struct target *target_find(const char *name, struct error *err)
{
	const struct refused_target *refused = refused_target_find(name);
	struct strv known CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;

	for (size_t i = 0; targets[i]; i++) {
		if (strcmp(targets[i]->name, name) == 0)
			return targets[i];
		strv_add(&known, targets[i]->name);
	}
	if (refused)
		return refuse(refused, err);
	list = strv_join(&known, ", ");
	error_set(err, ERR_NOT_FOUND, "there is no target '%s'", name);
	error_hint(err, "choose one of: %s", list);
	return NULL;
}

static bool knows(const struct target *t, const char *setting)
{
	for (size_t i = 0; t->settings && t->settings[i]; i++) {
		size_t len = strlen(t->settings[i]);

		if (strncmp(setting, t->settings[i], len) == 0 && setting[len] == '=')
			return true;
	}
	return false;
}

/* What is left of a setting for this target: without the target's name; NULL: it is for another. */
static const char *setting_for(const struct target *t, const char *setting)
{
	size_t len = strlen(t->name);
	bool named = strncmp(setting, t->name, len) == 0 && setting[len] == '.';

	setting += named ? len + 1 : 0;
	return knows(t, setting) ? setting : NULL;
}

int settings_read_files(struct strv *settings, struct error *err)
{
	for (size_t i = 0; i < settings->n; i++) {
		const char *at = strstr(settings->v[i], "=@");
		CLEANUP_FREE char *text = NULL;
		char *with;

		if (!at || at != strchr(settings->v[i], '='))
			continue;
		if (file_read(at + 2, SETTING_FILE_MAX, &text, NULL, err) < 0)
			return error_wrap(err, "--set %s", settings->v[i]);
		text[strcspn(text, "\r\n")] = '\0';
		with = xasprintf("%.*s=%s", (int)(at - settings->v[i]), settings->v[i], text);
		free(settings->v[i]);
		settings->v[i] = with;
	}
	return 0;
}

void target_settings(const struct target *target, const struct strv *settings, struct strv *ret)
{
	for (size_t i = 0; i < settings->n; i++) {
		const char *own = setting_for(target, settings->v[i]);

		if (own)
			strv_add(ret, own);
	}
}

/* The settings of the targets that are written for, as a user gives them. */
static char *known_settings(const struct strv *names)
{
	struct strv known CLEANUP_STRV = STRV_INIT;

	for (size_t i = 0; targets[i]; i++)
		for (size_t k = 0; strv_has(names, targets[i]->name) && targets[i]->settings &&
				   targets[i]->settings[k]; k++)
			strv_addf(&known, "%s.%s=", targets[i]->name, targets[i]->settings[k]);
	return known.n ? strv_join(&known, ", ") : xstrdup("nothing, for these targets");
}

static bool any_takes(const struct strv *names, const char *setting)
{
	for (size_t i = 0; targets[i]; i++)
		if (strv_has(names, targets[i]->name) && setting_for(targets[i], setting))
			return true;
	return false;
}

int target_check_settings(const struct strv *settings, const struct strv *names, struct error *err)
{
	for (size_t i = 0; i < settings->n; i++) {
		CLEANUP_FREE char *known = NULL, *list = NULL;

		if (any_takes(names, settings->v[i]))
			continue;
		known = known_settings(names);
		list = strv_join(names, ", ");
		error_set(err, ERR_USAGE, "--set %s: there is no such setting of target %s",
			  settings->v[i], list);
		return error_hint(err, "one can set %s", known);
	}
	return 0;
}
