/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_EVE_MERGE_FIELDS_H
#define REHOST_TARGET_EVE_MERGE_FIELDS_H

/* Fields of messages by their names, as protobuf-c keeps them in memory. */

#include "lib/target/eve_message_private.h"

/** field_text - text at "name" or "message.name"; "" where there is none */
const char *field_text(const ProtobufCMessage *m, const char *path);

/** field_set_text - only where the message that it is in is there */
void field_set_text(ProtobufCMessage *m, const char *path, const char *text);

/** field_message - a single message; NULL: not there, or of another kind */
ProtobufCMessage *field_message(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f);

/** field_is_set - has it a value other than that of an absent one? */
bool field_is_set(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f);

/** field_swap - exchange the values of two messages of the same kind */
void field_swap(ProtobufCMessage *a, ProtobufCMessage *b, const ProtobufCFieldDescriptor *f);

/* A repeated message. */
struct field_list {
	ProtobufCMessage **items;
	size_t n;
};

struct field_list field_list(const ProtobufCMessage *m, const char *name);

/** field_list_move - member @i of @from to the end of the same list of @to; NULL stays behind */
void field_list_move(ProtobufCMessage *to, ProtobufCMessage *from, const char *name, size_t i);

/** field_list_close - close the gaps that field_list_move() left */
void field_list_close(ProtobufCMessage *m, const char *name);

#endif
