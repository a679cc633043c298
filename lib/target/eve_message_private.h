/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_EVE_MESSAGE_PRIVATE_H
#define REHOST_TARGET_EVE_MESSAGE_PRIVATE_H

/* What the two directions of eve_message.h share. */

#include <stdbool.h>
#include <string.h>

#include "lib/target/eve.pb-c.h"
#include "lib/target/eve_message.h"

/** eve_message_to_json - one message, in the common dialect; the caller owns it */
struct json_object *eve_message_to_json(const ProtobufCMessage *m);

/** eve_value_is_absent - is the single value at @at the one that an absent field means? */
bool eve_value_is_absent(const ProtobufCFieldDescriptor *f, const void *at);

/** eve_field_key - the name of a field in JSON */
static inline const char *eve_field_key(const ProtobufCFieldDescriptor *f)
{
	/* protobuf-c has a member "base" of its own */
	return strcmp(f->name, "base_") == 0 ? "base" : f->name;
}

/** eve_value_size - of one value of a field in memory [bytes]; 0: no type that EVE uses */
static inline size_t eve_value_size(const ProtobufCFieldDescriptor *f)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_ENUM:
		return sizeof(uint32_t);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_UINT64:
		return sizeof(uint64_t);
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	default:
		return 0;
	}
}

/** eve_is_map - protobuf keeps a map as a list of entries */
static inline bool eve_is_map(const ProtobufCFieldDescriptor *f)
{
	const ProtobufCMessageDescriptor *of = f->descriptor;
	size_t n;

	if (f->type != PROTOBUF_C_TYPE_MESSAGE || f->label != PROTOBUF_C_LABEL_REPEATED)
		return false;
	n = strlen(of->short_name);
	return n > 5 && strcmp(of->short_name + n - 5, "Entry") == 0 && of->n_fields == 2;
}

#endif
