/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_EVE_PUT_H
#define REHOST_TARGET_EVE_PUT_H

/* Writing a configuration as JSON. */

#include <json-c/json.h>

#include "lib/base/alloc.h"
#include "lib/target/eve.h"

static inline void put_text(struct json_object *o, const char *key, const char *text)
{
	if (text && *text)
		json_object_object_add(o, key, json_object_new_string(text));
}

/* What is zero is left out, as protobuf does. */
static inline void put_number(struct json_object *o, const char *key, uint64_t n)
{
	if (n)
		json_object_object_add(o, key, json_object_new_uint64(n));
}

static inline void put_true(struct json_object *o, const char *key)
{
	json_object_object_add(o, key, json_object_new_boolean(1));
}

/* The array @key of @o, made when it is not there. */
static inline struct json_object *list_of(struct json_object *o, const char *key)
{
	struct json_object *list = json_object_object_get(o, key);

	if (!list) {
		list = json_object_new_array();
		json_object_object_add(o, key, list);
	}
	return list;
}

static inline struct json_object *append(struct json_object *o, const char *key)
{
	struct json_object *item = json_object_new_object();

	json_object_array_add(list_of(o, key), item);
	return item;
}

static inline void put_uuid(struct json_object *o, const char *key, const struct plan *plan,
		     const char *kind, const char *name)
{
	CLEANUP_FREE char *uuid = eve_uuid(plan, kind, name);

	put_text(o, key, uuid);
}

#endif
