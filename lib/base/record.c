// SPDX-License-Identifier: GPL-2.0-or-later
/* Structs of plain facts as XML and back, from tables. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/record.h"
#include "lib/base/size.h"

static const char *const tri_names[] = { "unknown", "no", "yes" };

const char *tristate_name(enum tristate t)
{
	return tri_names[t];
}

/* The member of @base that lies at @offset. */
#define MEMBER(base, offset, type) (*(type *)((char *)(base) + (offset)))
#define CONST_MEMBER(base, offset, type) (*(type const *)((const char *)(base) + (offset)))

static void write_u64(const char *name, uint64_t value, bool optional, struct xml_out *x)
{
	if (value || !optional)
		xml_attr(x, name, "%" PRIu64, value);
}

static void write_hex(const char *name, uint64_t value, int digits, bool optional,
		      struct xml_out *x)
{
	if (value || !optional)
		xml_attr(x, name, "0x%0*" PRIx64, digits, value);
}

static void write_field(const struct field *f, const void *base, struct xml_out *x)
{
	bool optional = f->type == FIELD_U64_OPT || f->type == FIELD_U32_OPT ||
			f->type == FIELD_HEX64_OPT;

	switch (f->type) {
	case FIELD_TEXT:
		xml_attr_opt(x, f->name, CONST_MEMBER(base, f->offset, char *));
		break;
	case FIELD_TRI:
		xml_attr(x, f->name, "%s",
			 tristate_name(CONST_MEMBER(base, f->offset, enum tristate)));
		break;
	case FIELD_BOOL:
		xml_attr_bool(x, f->name, CONST_MEMBER(base, f->offset, bool));
		break;
	case FIELD_U64:
	case FIELD_U64_OPT:
		write_u64(f->name, CONST_MEMBER(base, f->offset, uint64_t), optional, x);
		break;
	case FIELD_U32:
	case FIELD_U32_OPT:
		write_u64(f->name, CONST_MEMBER(base, f->offset, uint32_t), optional, x);
		break;
	case FIELD_I64_OPT:
		if (CONST_MEMBER(base, f->offset, int64_t) >= 0)
			xml_attr(x, f->name, "%" PRId64, CONST_MEMBER(base, f->offset, int64_t));
		break;
	case FIELD_HEX64:
	case FIELD_HEX64_OPT:
		write_hex(f->name, CONST_MEMBER(base, f->offset, uint64_t), 1, optional, x);
		break;
	case FIELD_HEX16_OPT:
		write_hex(f->name, CONST_MEMBER(base, f->offset, uint32_t), 4, true, x);
		break;
	case FIELD_HEX24:
		write_hex(f->name, CONST_MEMBER(base, f->offset, uint32_t), 6, false, x);
		break;
	case FIELD_ENUM:
		xml_attr(x, f->name, "%s", f->names[CONST_MEMBER(base, f->offset, unsigned int)]);
		break;
	}
}

static void write_list(const struct record *r, const void *base, struct xml_out *x)
{
	const char *array = CONST_MEMBER(base, r->array, char *);
	size_t n = CONST_MEMBER(base, r->count, size_t);

	if (r->list)
		xml_open(x, r->list);
	for (size_t i = 0; i < n; i++) {
		xml_open(x, r->element);
		record_write(r->fields, r->children, array + i * r->size, x);
		xml_close(x);
	}
	if (r->list)
		xml_close(x);
}

void record_write(const struct field *fields, const struct record *children, const void *base,
		  struct xml_out *x)
{
	for (const struct field *f = fields; f && f->name; f++)
		write_field(f, base, x);
	for (const struct record *r = children; r && r->element; r++) {
		if (r->size) {
			write_list(r, base, x);
			continue;
		}
		xml_open(x, r->element);
		record_write(r->fields, r->children, base, x);
		xml_close(x);
	}
}

static enum tristate tri_from_text(const char *text)
{
	for (enum tristate t = TRI_NO; text && t <= TRI_YES; t++)
		if (strcmp(text, tri_names[t]) == 0)
			return t;
	return TRI_UNKNOWN;
}

static uint64_t greatest(enum field_type type)
{
	switch (type) {
	case FIELD_U32:
	case FIELD_U32_OPT:
		return UINT32_MAX;
	case FIELD_I64_OPT:
		return INT64_MAX;
	case FIELD_HEX16_OPT:
		return 0xffff;
	case FIELD_HEX24:
		return 0xffffff;
	default:
		return UINT64_MAX;
	}
}

static int read_number(const struct field *f, const xmlNode *node, void *base, struct error *err)
{
	CLEANUP_FREE char *text = xml_get(node, f->name);
	uint64_t value = 0;

	if (xml_get_u64(node, f->name, 0, greatest(f->type), 0, &value, err) < 0)
		return -1;
	switch (f->type) {
	case FIELD_U32:
	case FIELD_U32_OPT:
	case FIELD_HEX16_OPT:
	case FIELD_HEX24:
		MEMBER(base, f->offset, uint32_t) = (uint32_t)value;
		break;
	case FIELD_I64_OPT:
		MEMBER(base, f->offset, int64_t) = text ? (int64_t)value : -1;
		break;
	default:
		MEMBER(base, f->offset, uint64_t) = value;
		break;
	}
	return 0;
}

static int read_enum(const struct field *f, const xmlNode *node, void *base, struct error *err)
{
	CLEANUP_FREE char *text = xml_get(node, f->name);

	for (unsigned int i = 0; text && f->names[i]; i++) {
		if (strcmp(text, f->names[i]) == 0) {
			MEMBER(base, f->offset, unsigned int) = i;
			return 0;
		}
	}
	if (!text)
		return 0;
	return xml_error_at(err, node, "there is no %s '%s'", f->name, text);
}

static int read_field(const struct field *f, const xmlNode *node, void *base, struct error *err)
{
	CLEANUP_FREE char *text = NULL;

	switch (f->type) {
	case FIELD_TEXT:
		MEMBER(base, f->offset, char *) = xml_get(node, f->name);
		return 0;
	case FIELD_TRI:
		text = xml_get(node, f->name);
		MEMBER(base, f->offset, enum tristate) = tri_from_text(text);
		return 0;
	case FIELD_BOOL:
		MEMBER(base, f->offset, bool) = xml_get_bool(node, f->name);
		return 0;
	case FIELD_ENUM:
		return read_enum(f, node, base, err);
	default:
		return read_number(f, node, base, err);
	}
}

static int read_list(const struct record *r, const xmlNode *parent, void *base, struct error *err)
{
	void **array = &MEMBER(base, r->array, void *);
	size_t *n = &MEMBER(base, r->count, size_t);

	XML_EACH(node, parent, r->element) {
		if (*n >= RECORD_LIST_MAX)
			return xml_error_at(err, node, "more than %d elements '%s'",
					    RECORD_LIST_MAX, r->element);
		*array = array_grow(*array, *n, r->size);
		if (record_read(r->fields, r->children, node, (char *)*array + *n * r->size,
				err) < 0) {
			(*n)++;
			return -1;
		}
		(*n)++;
	}
	return 0;
}

int record_read(const struct field *fields, const struct record *children, const xmlNode *node,
		void *base, struct error *err)
{
	for (const struct field *f = fields; f && f->name; f++)
		if (read_field(f, node, base, err) < 0)
			return -1;
	for (const struct record *r = children; r && r->element; r++) {
		const xmlNode *child = r->list ? xml_child(node, r->list) : node;

		if (r->size) {
			if (read_list(r, child, base, err) < 0)
				return -1;
			continue;
		}
		if (record_read(r->fields, r->children, xml_child(node, r->element), base, err) < 0)
			return -1;
	}
	return 0;
}

static void clear_list(const struct record *r, void *base)
{
	char *array = MEMBER(base, r->array, char *);
	size_t n = MEMBER(base, r->count, size_t);

	for (size_t i = 0; i < n; i++)
		record_clear(r->fields, r->children, array + i * r->size);
	free(array);
	MEMBER(base, r->array, char *) = NULL;
	MEMBER(base, r->count, size_t) = 0;
}

void record_clear(const struct field *fields, const struct record *children, void *base)
{
	for (const struct field *f = fields; f && f->name; f++)
		if (f->type == FIELD_TEXT)
			free(STEAL(MEMBER(base, f->offset, char *)));
	for (const struct record *r = children; r && r->element; r++) {
		if (r->size)
			clear_list(r, base);
		else
			record_clear(r->fields, r->children, base);
	}
}
