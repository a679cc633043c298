// SPDX-License-Identifier: GPL-2.0-or-later
/* Fields of messages by their names. */
#include "config.h"

#include "lib/base/alloc.h"
#include "lib/target/eve_merge_fields.h"

static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessage *m, const char *name)
{
	return protobuf_c_message_descriptor_get_field_by_name(m->descriptor, name);
}

static char *value_at(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	return (char *)(uintptr_t)m + f->offset;
}

static char *quantifier_at(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	return (char *)(uintptr_t)m + f->quantifier_offset;
}

ProtobufCMessage *field_message(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	ProtobufCMessage *value;

	if (!f || f->type != PROTOBUF_C_TYPE_MESSAGE || f->label == PROTOBUF_C_LABEL_REPEATED ||
	    f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
		return NULL;
	memcpy(&value, value_at(m, f), sizeof(value));
	return value;
}

/* The place of a text, or NULL. */
static char *text_at(const ProtobufCMessage *m, const char *path)
{
	const char *dot = strchr(path, '.');
	CLEANUP_FREE char *first = dot ? xstrndup(path, (size_t)(dot - path)) : xstrdup(path);
	const ProtobufCFieldDescriptor *f = field_of(m, first);

	if (dot) {
		const ProtobufCMessage *inner = field_message(m, f);

		return inner ? text_at(inner, dot + 1) : NULL;
	}
	return f && f->type == PROTOBUF_C_TYPE_STRING && f->label != PROTOBUF_C_LABEL_REPEATED ?
		       value_at(m, f) : NULL;
}

const char *field_text(const ProtobufCMessage *m, const char *path)
{
	const char *at = text_at(m, path), *text = NULL;

	if (at)
		memcpy(&text, at, sizeof(text));
	return text ? text : "";
}

void field_set_text(ProtobufCMessage *m, const char *path, const char *text)
{
	char *at = text_at(m, path), *old = NULL, *copy;

	if (!at)
		return;
	memcpy(&old, at, sizeof(old));
	if (old != protobuf_c_empty_string)
		free(old);
	copy = xstrdup(text);
	memcpy(at, &copy, sizeof(copy));
}

bool field_is_set(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	size_t n;
	uint32_t chosen;

	if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		memcpy(&n, quantifier_at(m, f), sizeof(n));
		return n > 0;
	}
	if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
		memcpy(&chosen, quantifier_at(m, f), sizeof(chosen));
		return chosen == f->id;
	}
	return !eve_value_is_absent(f, value_at(m, f));
}

static void swap(char *a, char *b, size_t size)
{
	char kept[sizeof(ProtobufCBinaryData)];

	memcpy(kept, a, size);
	memcpy(a, b, size);
	memcpy(b, kept, size);
}

void field_swap(ProtobufCMessage *a, ProtobufCMessage *b, const ProtobufCFieldDescriptor *f)
{
	bool repeated = f->label == PROTOBUF_C_LABEL_REPEATED;

	/* alternatives are none of what is ours */
	if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
		return;
	swap(value_at(a, f), value_at(b, f), repeated ? sizeof(void *) : eve_value_size(f));
	if (repeated)
		swap(quantifier_at(a, f), quantifier_at(b, f), sizeof(size_t));
}

struct field_list field_list(const ProtobufCMessage *m, const char *name)
{
	const ProtobufCFieldDescriptor *f = field_of(m, name);
	struct field_list list;

	memcpy(&list.items, value_at(m, f), sizeof(list.items));
	memcpy(&list.n, quantifier_at(m, f), sizeof(list.n));
	return list;
}

static void set_list(ProtobufCMessage *m, const char *name, const struct field_list *list)
{
	const ProtobufCFieldDescriptor *f = field_of(m, name);

	memcpy(value_at(m, f), &list->items, sizeof(list->items));
	memcpy(quantifier_at(m, f), &list->n, sizeof(list->n));
}

void field_list_move(ProtobufCMessage *to, ProtobufCMessage *from, const char *name, size_t i)
{
	struct field_list list = field_list(to, name), source = field_list(from, name);

	list.items = xreallocarray(list.items, list.n + 1, sizeof(ProtobufCMessage *));
	list.items[list.n++] = STEAL(source.items[i]);
	set_list(to, name, &list);
}

void field_list_close(ProtobufCMessage *m, const char *name)
{
	struct field_list list = field_list(m, name);
	size_t kept = 0;

	for (size_t i = 0; i < list.n; i++)
		if (list.items[i])
			list.items[kept++] = list.items[i];
	list.n = kept;
	set_list(m, name, &list);
}
