/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_JSON_H
#define REHOST_BASE_JSON_H

/* Reading JSON of others, with a bound on everything. What is not there or of another type is NULL. */

#include <json-c/json.h>
#include <stddef.h>

#include "lib/base/error.h"

enum { JSON_TEXT_MAX = 1024 };	/* a longer text is none */

static inline void cleanup_json(struct json_object **object)
{
	json_object_put(*object);
}

#define CLEANUP_JSON __attribute__((cleanup(cleanup_json)))

/**
 * json_read - one object, and nothing behind it but blanks
 * @depth: deeper ones are refused
 * @err:   ERR_FORMAT; the caller says what it was to be
 */
struct json_object *json_read(const char *text, size_t len, int depth, struct error *err);

/** json_get_text - a member that is a text of sensible length, without a 0 byte; @object may be NULL */
const char *json_get_text(struct json_object *object, const char *key);
struct json_object *json_get_object(struct json_object *object, const char *key);
struct json_object *json_get_array(struct json_object *object, const char *key);

#endif
