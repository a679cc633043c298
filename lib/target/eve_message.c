// SPDX-License-Identifier: GPL-2.0-or-later
/* From JSON to a message of EVE, in every spelling that a reader takes, with what other readers would drop. */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#include "lib/base/alloc.h"
#include "lib/base/json.h"
#include "lib/base/path.h"
#include "lib/target/eve_message_private.h"

/* Where the reader is: a chain on the stack, printed only when there is something to say. */
struct place {
	const struct place *parent;
	const char *key;
	size_t index;		/* of a list, or SIZE_MAX */
};

struct reader {
	struct report *report;
	struct error *err;
	bool whole;		/* an unknown key is an error: it would be lost */
};

static int read_message(const struct reader *r, const struct place *at, struct json_object *json,
			const ProtobufCMessageDescriptor *d, ProtobufCMessage **ret);

static void print_place(FILE *out, const struct place *at)
{
	if (!at)
		return;
	print_place(out, at->parent);
	if (at->parent)
		fputc('.', out);
	fputs(at->key, out);
	if (at->index != SIZE_MAX)
		fprintf(out, "[%zu]", at->index);
}

static char *place_text(const struct place *at)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return xstrdup("?");
	print_place(out, at);
	fclose(out);
	return text;
}

static int wrong(const struct reader *r, const struct place *at, const char *what)
{
	CLEANUP_FREE char *where = place_text(at);

	return error_set(r->err, ERR_FORMAT, "%s is not %s", where, what);
}

static void dropped(const struct reader *r, enum severity severity, const struct place *at,
		    const char *text, const char *remedy)
{
	CLEANUP_FREE char *where = place_text(at);

	report_remedy(report_add(r->report, severity, where, "%s", text), "%s", remedy);
}

static int unknown(const struct reader *r, const struct place *at)
{
	CLEANUP_FREE char *where = place_text(at);

	error_set(r->err, ERR_REFUSED, "%s is a key that this program does not know, and would lose", where);
	return error_hint(r->err, "give the configuration as protobuf (.pb), where nothing is lost");
}

/* protobuf's own spelling: dev_model becomes devModel */
static bool is_camel_of(const char *key, const char *name)
{
	for (; *name; name++) {
		char c = *name;

		if (c == '_') {
			if (!name[1])
				break;
			c = (char)toupper((unsigned char)*++name);
		}
		if (*key++ != c)
			return false;
	}
	return !*key;
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *d, const char *key,
						  bool *ret_exact)
{
	for (unsigned int i = 0; i < d->n_fields; i++)
		if (strcmp(eve_field_key(&d->fields[i]), key) == 0) {
			*ret_exact = true;
			return &d->fields[i];
		}
	*ret_exact = false;
	for (unsigned int i = 0; i < d->n_fields; i++)
		if (is_camel_of(key, d->fields[i].name))
			return &d->fields[i];
	return NULL;
}

/* A number, also in the quotes that protobuf puts around those of 64 bits. */
static int read_number(const struct reader *r, const struct place *at, struct json_object *json,
		       int64_t min, uint64_t max, uint64_t *ret)
{
	const char *text = json_object_get_string(json);
	bool quoted = json_object_is_type(json, json_type_string);
	char *end = NULL;

	if ((!quoted && !json_object_is_type(json, json_type_int)) || !text || !*text)
		return wrong(r, at, "a whole number");
	errno = 0;
	if (*text == '-') {
		long long n = strtoll(text, &end, 10);

		if (errno || *end || n < min)
			return wrong(r, at, "a number in the range of its type");
		*ret = (uint64_t)n;
	} else {
		*ret = strtoull(text, &end, 10);
		if (errno || *end || !isdigit((unsigned char)*text) || *ret > max)
			return wrong(r, at, "a number in the range of its type");
	}
	if (quoted)
		dropped(r, FINDING_WARNING, at, "a number in quotes: Adam refuses it as JSON",
			"write it without quotes, or push protobuf");
	return 0;
}

static int read_enum(const struct reader *r, const struct place *at, struct json_object *json,
		     const ProtobufCEnumDescriptor *d, void *ret)
{
	uint64_t n;

	if (json_object_is_type(json, json_type_string)) {
		const ProtobufCEnumValue *v =
			protobuf_c_enum_descriptor_get_value_by_name(d, json_object_get_string(json));

		if (!v)
			return wrong(r, at, "a value of its enumeration");
		dropped(r, FINDING_WARNING, at, "an enumeration by name: Adam refuses it as JSON with 400",
			"write the number, or push protobuf");
		*(int *)ret = v->value;
		return 0;
	}
	if (read_number(r, at, json, INT32_MIN, INT32_MAX, &n) < 0)
		return -1;
	*(int *)ret = (int)(int64_t)n;
	if (!protobuf_c_enum_descriptor_get_value(d, *(int *)ret))
		dropped(r, FINDING_WARNING, at, "a value that its enumeration does not have",
			"see whether the device's version of EVE knows it");
	return 0;
}

static int read_bytes(const struct reader *r, const struct place *at, struct json_object *json,
		      ProtobufCBinaryData *ret)
{
	const char *text = json_object_get_string(json);
	size_t len = text ? strlen(text) : 0, got = 0;
	CLEANUP_FREE uint8_t *data = xmalloc(len / 4 * 3 + 3);

	if (!json_object_is_type(json, json_type_string) ||
	    sodium_base642bin(data, len / 4 * 3 + 3, text, len, "\n\r", &got, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0)
		return wrong(r, at, "bytes in base64");
	ret->len = got;
	ret->data = got ? STEAL(data) : NULL;
	return 0;
}

static int read_value(const struct reader *r, const struct place *at, struct json_object *json,
		      const ProtobufCFieldDescriptor *f, void *ret)
{
	uint64_t n = 0;
	int rc;

	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
		rc = read_number(r, at, json, INT32_MIN, INT32_MAX, &n);
		*(int32_t *)ret = (int32_t)(int64_t)n;
		return rc;
	case PROTOBUF_C_TYPE_UINT32:
		rc = read_number(r, at, json, 0, UINT32_MAX, &n);
		*(uint32_t *)ret = (uint32_t)n;
		return rc;
	case PROTOBUF_C_TYPE_INT64:
		rc = read_number(r, at, json, INT64_MIN, INT64_MAX, &n);
		*(int64_t *)ret = (int64_t)n;
		return rc;
	case PROTOBUF_C_TYPE_UINT64:
		return read_number(r, at, json, 0, UINT64_MAX, ret);
	case PROTOBUF_C_TYPE_ENUM:
		return read_enum(r, at, json, f->descriptor, ret);
	case PROTOBUF_C_TYPE_BOOL:
		if (!json_object_is_type(json, json_type_boolean))
			return wrong(r, at, "true or false");
		*(protobuf_c_boolean *)ret = json_object_get_boolean(json);
		return 0;
	case PROTOBUF_C_TYPE_STRING:
		if (!json_object_is_type(json, json_type_string) ||
		    strlen(json_object_get_string(json)) != (size_t)json_object_get_string_len(json))
			return wrong(r, at, "a text");
		*(char **)ret = xstrdup(json_object_get_string(json));
		return 0;
	case PROTOBUF_C_TYPE_BYTES:
		return read_bytes(r, at, json, ret);
	case PROTOBUF_C_TYPE_MESSAGE:
		return read_message(r, at, json, f->descriptor, ret);
	default:
		return wrong(r, at, "of a type that EVE uses");
	}
}

/* What is begun belongs to the message already, so that a failure frees it. */
static int read_list(const struct reader *r, const struct place *at, struct json_object *json,
		     const ProtobufCFieldDescriptor *f, size_t *ret_n, char **ret)
{
	size_t n = json_object_is_type(json, json_type_array) ? json_object_array_length(json) : 0;
	size_t width = eve_value_size(f);

	if (!json_object_is_type(json, json_type_array))
		return wrong(r, at, "a list");
	if (!n)
		return 0;
	*ret = xcalloc(n, width);
	for (size_t i = 0; i < n; i++) {
		struct place here = { at->parent, at->key, i };

		(*ret_n)++;
		if (read_value(r, &here, json_object_array_get_idx(json, i), f, *ret + i * width) < 0)
			return -1;
	}
	return 0;
}

static int read_map(const struct reader *r, const struct place *at, struct json_object *json,
		    const ProtobufCFieldDescriptor *f, size_t *ret_n, char **ret)
{
	const ProtobufCMessageDescriptor *d = f->descriptor;

	if (!json_object_is_type(json, json_type_object))
		return wrong(r, at, "an object");
	*ret = xcalloc((size_t)json_object_object_length(json) + 1, sizeof(void *));
	json_object_object_foreach(json, key, value) {
		struct place here = { at, key, SIZE_MAX };
		ProtobufCMessage *entry = xcalloc(1, d->sizeof_message);

		protobuf_c_message_init(d, entry);
		((ProtobufCMessage **)*ret)[(*ret_n)++] = entry;
		*(char **)((char *)entry + d->fields[0].offset) = xstrdup(key);
		if (read_value(r, &here, value, &d->fields[1],
			       (char *)entry + d->fields[1].offset) < 0)
			return -1;
	}
	return 0;
}

static int read_field(const struct reader *r, const struct place *at, struct json_object *json,
		      const ProtobufCFieldDescriptor *f, ProtobufCMessage *m)
{
	char *value = (char *)m + f->offset, *quantifier = (char *)m + f->quantifier_offset;

	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return (eve_is_map(f) ? read_map : read_list)(r, at, json, f, (size_t *)quantifier,
							      (char **)value);
	if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
		if (*(uint32_t *)quantifier)
			return wrong(r, at, "the only one of its alternatives");
		*(uint32_t *)quantifier = f->id;
	}
	return read_value(r, at, json, f, value);
}

static int read_fields(const struct reader *r, const struct place *at, struct json_object *json,
		       ProtobufCMessage *m)
{
	CLEANUP_FREE bool *seen = xcalloc(m->descriptor->n_fields + 1, sizeof(*seen));

	json_object_object_foreach(json, key, value) {
		struct place here = { at, key, SIZE_MAX };
		bool exact = false;
		const ProtobufCFieldDescriptor *f = find_field(m->descriptor, key, &exact);

		if (!f && r->whole)
			return unknown(r, &here);
		if (!f) {
			dropped(r, FINDING_WARNING, &here, "a key that EVE does not know: it is dropped",
				"remove it, or correct its spelling");
			continue;
		}
		if (!exact)
			dropped(r, FINDING_WARNING, &here, "a key in protobuf's spelling: Adam drops it",
				"write it as in the .proto file, or push protobuf");
		if (seen[f - m->descriptor->fields])
			return wrong(r, &here, "there only once, in one spelling");
		seen[f - m->descriptor->fields] = true;
		if (value && read_field(r, &here, value, f, m) < 0)
			return -1;
	}
	return 0;
}

static int read_message(const struct reader *r, const struct place *at, struct json_object *json,
			const ProtobufCMessageDescriptor *d, ProtobufCMessage **ret)
{
	if (!json_object_is_type(json, json_type_object))
		return wrong(r, at, "an object");
	*ret = xcalloc(1, d->sizeof_message);
	protobuf_c_message_init(d, *ret);
	return read_fields(r, at, json, *ret);
}

static void free_message(ProtobufCMessage **m)
{
	if (*m)
		protobuf_c_message_free_unpacked(*m, NULL);
}

static int from_json(struct json_object *json, struct reader r, uint8_t **ret, size_t *ret_len)
{
	struct place top = { NULL, "EdgeDevConfig", SIZE_MAX };
	__attribute__((cleanup(free_message))) ProtobufCMessage *m = NULL;

	if (read_message(&r, &top, json, &eve__edge_dev_config__descriptor, &m) < 0)
		return -1;
	*ret_len = protobuf_c_message_get_packed_size(m);
	*ret = xmalloc(*ret_len + 1);
	protobuf_c_message_pack(m, *ret);
	return 0;
}

int eve_from_json(struct json_object *json, struct report *report, uint8_t **ret, size_t *ret_len,
		  struct error *err)
{
	return from_json(json, (struct reader){ report, err, false }, ret, ret_len);
}

struct json_object *eve_to_json(const uint8_t *data, size_t len, struct report *report,
				struct error *err)
{
	__attribute__((cleanup(free_message))) ProtobufCMessage *m =
		protobuf_c_message_unpack(&eve__edge_dev_config__descriptor, NULL, len, data);

	if (!m) {
		error_set(err, ERR_FORMAT, "it is not a device configuration in protobuf");
		return NULL;
	}
	if (m->n_unknown_fields)
		report_add(report, FINDING_NOTE, "EdgeDevConfig",
			   "it has %u fields that this program has no name for", m->n_unknown_fields);
	return eve_message_to_json(m);
}

static int read_text(const char *text, size_t len, struct reader r, uint8_t **ret, size_t *ret_len)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *raw CLEANUP_JSON = json_tokener_parse_ex(tok, text, (int)len);
	enum json_tokener_error failure = json_tokener_get_error(tok);

	json_tokener_free(tok);
	if (!raw || failure != json_tokener_success)
		return error_set(r.err, ERR_FORMAT, "it is not JSON: %s", json_tokener_error_desc(failure));
	return from_json(raw, r, ret, ret_len);
}

static int read_file(const char *path, struct reader r, uint8_t **ret, size_t *ret_len)
{
	CLEANUP_FREE char *text = NULL;
	size_t len, first = 0;

	if (file_read(path, EVE_CONFIG_MAX, &text, &len, r.err) < 0)
		return -1;
	while (first < len && isspace((unsigned char)text[first]))
		first++;
	if (first < len && text[first] == '{')
		return read_text(text, len, r, ret, ret_len);
	*ret = (uint8_t *)STEAL(text);
	*ret_len = len;
	return 0;
}

struct json_object *eve_read(const char *path, struct report *report, struct error *err)
{
	CLEANUP_FREE uint8_t *data = NULL;
	struct json_object *json = NULL;
	size_t len = 0;

	if (read_file(path, (struct reader){ report, err, false }, &data, &len) == 0)
		json = eve_to_json(data, len, report, err);
	if (!json)
		error_wrap(err, "read '%s'", path);
	return json;
}

int eve_read_message(const char *path, uint8_t **ret, size_t *ret_len, struct error *err)
{
	if (read_file(path, (struct reader){ NULL, err, true }, ret, ret_len) < 0)
		return error_wrap(err, "read '%s'", path);
	return 0;
}
