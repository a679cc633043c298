// SPDX-License-Identifier: GPL-2.0-or-later
/* From a message of EVE to JSON, by the descriptors that protobuf-c makes of eve.proto. */
#include "config.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/target/eve_message_private.h"

static struct json_object *bytes_to_json(const ProtobufCBinaryData *data)
{
	size_t size = sodium_base64_encoded_len(data->len, sodium_base64_VARIANT_ORIGINAL);
	CLEANUP_FREE char *text = xmalloc(size);

	sodium_bin2base64(text, size, data->data, data->len, sodium_base64_VARIANT_ORIGINAL);
	return json_object_new_string(text);
}

/* One value at @at; NULL where it is what an absent one means. */
static struct json_object *value_to_json(const ProtobufCFieldDescriptor *f, const void *at)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
		return json_object_new_int(*(const int32_t *)at);
	case PROTOBUF_C_TYPE_ENUM:
		return json_object_new_int(*(const int *)at);
	case PROTOBUF_C_TYPE_UINT32:
		return json_object_new_int64(*(const uint32_t *)at);
	case PROTOBUF_C_TYPE_INT64:
		return json_object_new_int64(*(const int64_t *)at);
	case PROTOBUF_C_TYPE_UINT64:
		return json_object_new_uint64(*(const uint64_t *)at);
	case PROTOBUF_C_TYPE_BOOL:
		return json_object_new_boolean(*(const protobuf_c_boolean *)at);
	case PROTOBUF_C_TYPE_STRING:
		return json_object_new_string(*(char *const *)at ? *(char *const *)at : "");
	case PROTOBUF_C_TYPE_BYTES:
		return bytes_to_json(at);
	case PROTOBUF_C_TYPE_MESSAGE:
		return eve_message_to_json(*(ProtobufCMessage *const *)at);
	default:
		return NULL;	/* eve.proto has no other type */
	}
}

bool eve_value_is_absent(const ProtobufCFieldDescriptor *f, const void *at)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_ENUM:
		return *(const uint32_t *)at == 0;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_UINT64:
		return *(const uint64_t *)at == 0;
	case PROTOBUF_C_TYPE_BOOL:
		return !*(const protobuf_c_boolean *)at;
	case PROTOBUF_C_TYPE_STRING:
		return !*(char *const *)at || !**(char *const *)at;
	case PROTOBUF_C_TYPE_BYTES:
		return ((const ProtobufCBinaryData *)at)->len == 0;
	default:
		return !*(void *const *)at;
	}
}

/* A map is a list of messages with a key and a value. */
static struct json_object *map_to_json(const ProtobufCFieldDescriptor *f, size_t n, const char *items)
{
	const ProtobufCMessageDescriptor *entry = f->descriptor;
	struct json_object *o = json_object_new_object();

	for (size_t i = 0; i < n; i++) {
		const char *e = ((char *const *)items)[i];
		const char *key = *(char *const *)(e + entry->fields[0].offset);

		json_object_object_add(o, key, value_to_json(&entry->fields[1],
							     e + entry->fields[1].offset));
	}
	return o;
}

static struct json_object *list_to_json(const ProtobufCFieldDescriptor *f, size_t n, const char *items)
{
	size_t width = eve_value_size(f);
	struct json_object *list;

	if (eve_is_map(f))
		return map_to_json(f, n, items);
	list = json_object_new_array();
	for (size_t i = 0; i < n; i++)
		json_object_array_add(list, value_to_json(f, items + i * width));
	return list;
}

struct json_object *eve_message_to_json(const ProtobufCMessage *m)
{
	struct json_object *o = json_object_new_object();

	for (unsigned int i = 0; i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
		const char *at = (const char *)m + f->offset;
		const char *quantifier = (const char *)m + f->quantifier_offset;
		struct json_object *value = NULL;

		if (f->label == PROTOBUF_C_LABEL_REPEATED) {
			if (*(const size_t *)quantifier)
				value = list_to_json(f, *(const size_t *)quantifier, *(char *const *)at);
		} else if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
			if (*(const uint32_t *)quantifier == f->id)
				value = value_to_json(f, at);
		} else if (!eve_value_is_absent(f, at)) {
			value = value_to_json(f, at);
		}
		if (value)
			json_object_object_add(o, eve_field_key(f), value);
	}
	return o;
}
