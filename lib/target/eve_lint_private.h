/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_EVE_LINT_PRIVATE_H
#define REHOST_TARGET_EVE_LINT_PRIVATE_H

/* What the rules of eve_lint.h share. */

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/target/eve_lint.h"

struct lint {
	struct json_object *config;
	const struct eve_device *device;
	struct report *report;
};

/* one member of a configuration: apps[2] */
struct member {
	struct json_object *o;
	char where[48];
};

/* Goes through the list @key of @parent; NULL where it is at its end. */
static inline bool member_at(struct json_object *parent, const char *key, size_t i, struct member *ret)
{
	struct json_object *list = json_object_object_get(parent, key);

	if (!list || i >= json_object_array_length(list))
		return false;
	ret->o = json_object_array_get_idx(list, i);
	snprintf(ret->where, sizeof(ret->where), "%s[%zu]", key, i);
	return true;
}

#define FOR_EACH_MEMBER(m, parent, key)                                                            \
	for (size_t i_##m = 0; member_at(parent, key, i_##m, &(m)); i_##m++)

static inline const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *v = json_object_object_get(o, key);

	return v ? json_object_get_string(v) : "";
}

static inline uint64_t number_of(struct json_object *o, const char *key)
{
	struct json_object *v = json_object_object_get(o, key);

	return v ? json_object_get_uint64(v) : 0;
}

static inline bool truth_of(struct json_object *o, const char *key)
{
	struct json_object *v = json_object_object_get(o, key);

	return v && json_object_get_boolean(v);
}

static inline size_t length_of(struct json_object *o, const char *key)
{
	struct json_object *v = json_object_object_get(o, key);

	return v ? json_object_array_length(v) : 0;
}

static inline bool is_one_of(uint64_t n, const uint64_t *list, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (list[i] == n)
			return true;
	return false;
}

/** lint_find - the member of a list whose @key has this text, or NULL; "" is nowhere */
struct json_object *lint_find(struct json_object *parent, const char *list, const char *key,
			      const char *text);

/** lint - one finding: "field: [rule] text", and what to do */
void lint(const struct lint *l, enum severity severity, const char *where, const char *field,
	  const char *rule, const char *remedy, const char *fmt, ...) PRINTF_LIKE(7, 8);

void lint_storage(const struct lint *l);
void lint_network(const struct lint *l);
void lint_rules(const struct lint *l, const struct member *interface, struct json_object *instance,
		const char *app);
void lint_devices(const struct lint *l, struct json_object *model);
void lint_apps(const struct lint *l);

#endif
