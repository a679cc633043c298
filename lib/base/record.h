/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_RECORD_H
#define REHOST_BASE_RECORD_H

/*
 * Documents as tables. A struct that holds plain facts is described once, member by member; writing
 * it as XML, reading it back, turning it into JSON and freeing it all follow from that table, so that
 * they cannot drift apart.
 *
 *	static const struct field disk_fields[] = {
 *		FIELD("name", FIELD_TEXT, struct disk, name),
 *		FIELD("size", FIELD_U64, struct disk, size),
 *		{ 0 }
 *	};
 *	static const struct record lists[] = {
 *		RECORD_LIST("disks", "disk", struct machine, disks, n_disks, disk_fields, NULL),
 *		{ 0 }
 *	};
 *
 * A fact that is not known is left out of the document; reading gives it back as NULL, 0, -1 or
 * TRI_UNKNOWN, as the type of the field says.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/xml.h"

enum tristate { TRI_UNKNOWN, TRI_NO, TRI_YES };

enum field_type {
	FIELD_TEXT,		/* char *, NULL: left out           */
	FIELD_TRI,		/* enum tristate                    */
	FIELD_BOOL,		/* bool                             */
	FIELD_U64,		/* uint64_t                         */
	FIELD_U64_OPT,		/* uint64_t, 0: left out            */
	FIELD_U32,		/* uint32_t                         */
	FIELD_U32_OPT,		/* uint32_t, 0: left out            */
	FIELD_I64_OPT,		/* int64_t, negative: left out      */
	FIELD_HEX64,		/* uint64_t as 0x…                  */
	FIELD_HEX64_OPT,	/* uint64_t as 0x…, 0: left out     */
	FIELD_HEX16_OPT,	/* uint32_t as 0x and 4 digits, 0: left out */
	FIELD_HEX24,		/* uint32_t as 0x and 6 digits      */
	FIELD_ENUM,		/* unsigned int, by its name        */
};

struct field {
	const char *name;	/* of the attribute; NULL ends a table */
	enum field_type type;
	size_t offset;
	const char *const *names;	/* FIELD_ENUM: ends with NULL */
};

#define FIELD(attr, kind, type, member) { attr, kind, offsetof(type, member), NULL }
#define FIELD_NAMES(attr, type, member, table) { attr, FIELD_ENUM, offsetof(type, member), table }

/* A list of structs, or (with size 0) a section: one element whose fields lie in the parent struct. */
struct record {
	const char *list;		/* element around the list; NULL: none    */
	const char *element;		/* NULL ends a table                      */
	size_t array, count, size;
	const struct field *fields;	/* may be NULL                            */
	const struct record *children;	/* inside each element; may be NULL       */
};

#define RECORD_LIST(list, element, type, array, count, fields, children)                           \
	{ list, element, offsetof(type, array), offsetof(type, count),                             \
	  sizeof(*((type *)0)->array), fields, children }
#define RECORD_SECTION(element, fields) { NULL, element, 0, 0, 0, fields, NULL }

enum { RECORD_LIST_MAX = 1 << 17 };	/* a longer list is refused */

/** record_write - attributes of @fields, then the elements of @children; either may be NULL */
void record_write(const struct field *fields, const struct record *children, const void *base,
		  struct xml_out *x);

/**
 * record_read - fill a struct from an element
 * @fields, @children: its tables, either may be NULL
 * @node:   the element, checked with a schema before; NULL leaves every fact unknown
 * @base:   the struct, zeroed; free it with record_clear() also after a failure
 * @err:    ERR_FORMAT with file and line
 */
int record_read(const struct field *fields, const struct record *children, const xmlNode *node,
		void *base, struct error *err);

/** record_clear - free the texts and lists and zero what the tables name */
void record_clear(const struct field *fields, const struct record *children, void *base);

struct json_object;

/** record_to_json - the same facts as one JSON object; the caller owns it */
struct json_object *record_to_json(const struct field *fields, const struct record *children,
				   const void *base);

/** tristate_name - yes, no, unknown */
const char *tristate_name(enum tristate t);

#endif
