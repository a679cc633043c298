// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading JSON of others. */
#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/json.h"

static void cleanup_tokener(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

struct json_object *json_read(const char *text, size_t len, int depth, struct error *err)
{
	__attribute__((cleanup(cleanup_tokener))) struct json_tokener *tokener = json_tokener_new_ex(depth);
	struct json_object *object CLEANUP_JSON = NULL;

	if (!tokener)
		abort();
	while (len && strchr(" \r\n\t", text[len - 1]) && text[len - 1])
		len--;
	if (len > INT_MAX) {
		error_set(err, ERR_FORMAT, "it is too large for JSON");
		return NULL;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text, (int)len);
	if (json_tokener_get_error(tokener) != json_tokener_success ||
	    json_tokener_get_parse_end(tokener) != len ||
	    !json_object_is_type(object, json_type_object)) {
		error_set(err, ERR_FORMAT, "it is not JSON");
		return NULL;
	}
	return STEAL(object);
}

static struct json_object *get(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *value = NULL;

	return object && json_object_is_type(object, json_type_object) &&
	       json_object_object_get_ex(object, key, &value) && json_object_is_type(value, type) ?
		       value : NULL;
}

const char *json_get_text(struct json_object *object, const char *key)
{
	struct json_object *value = get(object, key, json_type_string);

	if (!value || json_object_get_string_len(value) > JSON_TEXT_MAX ||
	    strlen(json_object_get_string(value)) != (size_t)json_object_get_string_len(value))
		return NULL;
	return json_object_get_string(value);
}

struct json_object *json_get_object(struct json_object *object, const char *key)
{
	return get(object, key, json_type_object);
}

struct json_object *json_get_array(struct json_object *object, const char *key)
{
	return get(object, key, json_type_array);
}
