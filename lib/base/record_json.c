// SPDX-License-Identifier: GPL-2.0-or-later
/* Structs of plain facts as JSON, from the tables that describe them. */
#include "config.h"

#include <json-c/json.h>

#include "lib/base/alloc.h"
#include "lib/base/record.h"

#define CONST_MEMBER(base, offset, type) (*(type const *)((const char *)(base) + (offset)))

static struct json_object *tri_to_json(enum tristate t)
{
	return t == TRI_UNKNOWN ? NULL : json_object_new_boolean(t == TRI_YES);
}

/* What is not known is null, so that a program cannot take it for a value. */
static struct json_object *field_to_json(const struct field *f, const void *base)
{
	switch (f->type) {
	case FIELD_TEXT: {
		const char *text = CONST_MEMBER(base, f->offset, char *);

		return text ? json_object_new_string(text) : NULL;
	}
	case FIELD_TRI:
		return tri_to_json(CONST_MEMBER(base, f->offset, enum tristate));
	case FIELD_BOOL:
		return json_object_new_boolean(CONST_MEMBER(base, f->offset, bool));
	case FIELD_I64_OPT: {
		int64_t value = CONST_MEMBER(base, f->offset, int64_t);

		return value < 0 ? NULL : json_object_new_int64(value);
	}
	case FIELD_ENUM:
		return json_object_new_string(f->names[CONST_MEMBER(base, f->offset, unsigned int)]);
	case FIELD_U32:
	case FIELD_HEX24:
		return json_object_new_int64(CONST_MEMBER(base, f->offset, uint32_t));
	case FIELD_HEX16_OPT:
	case FIELD_U32_OPT: {
		uint32_t value = CONST_MEMBER(base, f->offset, uint32_t);

		return value ? json_object_new_int64(value) : NULL;
	}
	case FIELD_U64_OPT:
	case FIELD_HEX64_OPT:
		if (!CONST_MEMBER(base, f->offset, uint64_t))
			return NULL;
		break;
	default:
		break;
	}
	return json_object_new_uint64(CONST_MEMBER(base, f->offset, uint64_t));
}

static struct json_object *list_to_json(const struct record *r, const void *base)
{
	struct json_object *list = json_object_new_array();
	const char *array = CONST_MEMBER(base, r->array, char *);
	size_t n = CONST_MEMBER(base, r->count, size_t);

	for (size_t i = 0; i < n; i++)
		json_object_array_add(list, record_to_json(r->fields, r->children,
							   array + i * r->size));
	return list;
}

struct json_object *record_to_json(const struct field *fields, const struct record *children,
				   const void *base)
{
	struct json_object *o = json_object_new_object();

	for (const struct field *f = fields; f && f->name; f++)
		json_object_object_add(o, f->name, field_to_json(f, base));
	for (const struct record *r = children; r && r->element; r++)
		json_object_object_add(o, r->list ? r->list : r->element,
				       r->size ? list_to_json(r, base)
					       : record_to_json(r->fields, r->children, base));
	return o;
}
