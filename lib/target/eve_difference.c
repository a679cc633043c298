// SPDX-License-Identifier: GPL-2.0-or-later
/* What changes from one configuration of a device to another, for people. */
#include "config.h"

#include <json-c/json.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/target/eve_merge.h"

static void compare(const char *where, struct json_object *a, struct json_object *b, struct strv *ret);

static bool is_secret(const char *key)
{
	static const char *const secret[] = { "vncPasswd", "password", "apiKey", "profile_server_token",
					      "userData", "cipherData" };

	for (size_t i = 0; i < ARRAY_SIZE(secret); i++)
		if (strcmp(secret[i], key) == 0)
			return true;
	return false;
}

static const char *text_at(struct json_object *o, const char *key)
{
	struct json_object *v = json_object_is_type(o, json_type_object) ? json_object_object_get(o, key) :
									      NULL;

	return v && json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";
}

/* What tells the members of a list apart; "" where only their place does. */
static const char *identity(struct json_object *o)
{
	static const char *const keys[] = { "uuid", "id", "phylabel", "key", "name" };
	struct json_object *id = json_object_is_type(o, json_type_object) ?
					 json_object_object_get(o, "uuidandversion") : NULL;

	if (id && *text_at(id, "uuid"))
		return text_at(id, "uuid");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (*text_at(o, keys[i]))
			return text_at(o, keys[i]);
	return "";
}

static const char *name_of(struct json_object *o)
{
	static const char *const keys[] = { "displayname", "displayName", "fqdn", "phylabel", "name" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (*text_at(o, keys[i]))
			return text_at(o, keys[i]);
	return identity(o);
}

static bool is_list_of_members(struct json_object *list)
{
	if (!json_object_is_type(list, json_type_array) || json_object_array_length(list) == 0)
		return false;
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (!*identity(json_object_array_get_idx(list, i)))
			return false;
	return true;
}

static struct json_object *find_member(struct json_object *list, const char *id)
{
	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		if (strcmp(identity(json_object_array_get_idx(list, i)), id) == 0)
			return json_object_array_get_idx(list, i);
	return NULL;
}

static void compare_members(const char *where, struct json_object *a, struct json_object *b,
			    struct strv *ret)
{
	for (size_t i = 0; a && i < json_object_array_length(a); i++) {
		struct json_object *o = json_object_array_get_idx(a, i), *other = find_member(b, identity(o));
		CLEANUP_FREE char *here = xasprintf("%s %s", where, name_of(o));

		if (!other)
			strv_addf(ret, "- %s", here);
		else
			compare(here, o, other, ret);
	}
	for (size_t i = 0; b && i < json_object_array_length(b); i++) {
		struct json_object *o = json_object_array_get_idx(b, i);

		if (!find_member(a, identity(o)))
			strv_addf(ret, "+ %s %s", where, name_of(o));
	}
}

static const char *shown(struct json_object *o, const char *key)
{
	return !o ? "nothing" : is_secret(key) ? "(not shown)" :
	       json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

static void compare_value(const char *where, const char *key, struct json_object *a,
			  struct json_object *b, struct strv *ret)
{
	CLEANUP_FREE char *here = *where ? xasprintf("%s.%s", where, key) : xstrdup(key);
	CLEANUP_FREE char *before = NULL;

	if (json_object_equal(a, b))
		return;
	if ((is_list_of_members(a) || !a) && (is_list_of_members(b) || !b)) {
		compare_members(here, a, b, ret);
	} else if (json_object_is_type(a, json_type_object) && json_object_is_type(b, json_type_object)) {
		compare(here, a, b, ret);
	} else {
		before = xstrdup(shown(a, key));
		strv_addf(ret, "~ %s: %s -> %s", here, before, shown(b, key));
	}
}

static void compare(const char *where, struct json_object *a, struct json_object *b, struct strv *ret)
{
	json_object_object_foreach(a, key, value)
		compare_value(where, key, value, json_object_object_get(b, key), ret);
	json_object_object_foreach(b, other, added)
		if (!json_object_object_get(a, other))
			compare_value(where, other, NULL, added, ret);
}

void eve_difference(struct json_object *before, struct json_object *after, struct strv *ret)
{
	compare("", before, after, ret);
}
