/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_XML_H
#define REHOST_BASE_XML_H

/*
 * Documents: read with a schema, written in one form.
 *
 * Reading never touches the network, loads no DTD and expands no entity; a document with a DOCTYPE is
 * refused. Each document is checked against the RELAX NG schema that is built into the program
 * (schemas/NAME.rng), so code behind xml_read() may rely on what the schema says.
 *
 *	xmlDoc *doc CLEANUP_XMLDOC = xml_read(path, "guest", err);
 *
 * Writing collects in memory, checks the result against the same schema and then writes the file
 * atomically:
 *
 *	struct xml_out x CLEANUP_XML_OUT = XML_OUT_INIT;
 *
 *	xml_out_begin(&x, "guest");
 *	xml_attr(&x, "name", "%s", name);
 *	return xml_out_write(&x, path, OUTFILE_NEW, err);
 */

#include <libxml/tree.h>
#include <libxml/xmlwriter.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/outfile.h"

enum { XML_SIZE_MAX = 64 << 20 };	/* a larger document is refused [bytes] */

static inline void cleanup_xmldoc(xmlDoc **doc)
{
	xmlFreeDoc(*doc);
}
#define CLEANUP_XMLDOC __attribute__((cleanup(cleanup_xmldoc)))

/**
 * xml_read - read and check a document
 * @path:   file
 * @schema: name of a schema below schemas/, without ".rng"
 * @err:    ERR_FORMAT with file, line and reason
 *
 * Return: the document, or NULL.
 */
xmlDoc *xml_read(const char *path, const char *schema, struct error *err);

/** xml_read_memory - the same from a buffer; @name stands in messages */
xmlDoc *xml_read_memory(const char *text, size_t len, const char *name, const char *schema,
			struct error *err);

/** xml_parse_memory - without a schema, for formats that others define */
xmlDoc *xml_parse_memory(const char *text, size_t len, const char *name, struct error *err);

/** xml_child - first child element called @name, or NULL; xml_next - the next one of that name */
xmlNode *xml_child(const xmlNode *node, const char *name);
xmlNode *xml_next(const xmlNode *node, const char *name);

#define XML_EACH(var, parent, name)                                                                \
	for (xmlNode *var = xml_child(parent, name); var; var = xml_next(var, name))

/** xml_get - value of an attribute, or NULL; the caller frees it */
char *xml_get(const xmlNode *node, const char *attr);

/** xml_text - text of an element, "" if empty; the caller frees it */
char *xml_text(const xmlNode *node);

/** xml_get_u64 - number in an attribute, @fallback when it is absent */
int xml_get_u64(const xmlNode *node, const char *attr, uint64_t min, uint64_t max,
		uint64_t fallback, uint64_t *ret, struct error *err);

/** xml_get_bool - is the attribute there and "yes"? */
bool xml_get_bool(const xmlNode *node, const char *attr);

/** xml_error_at - set ERR_FORMAT with file and line of @node; returns -1 */
int xml_error_at(struct error *err, const xmlNode *node, const char *fmt, ...) PRINTF_LIKE(3, 4);

struct xml_out {
	xmlBuffer *buf;
	xmlTextWriter *w;
	char *schema;
};

#define XML_OUT_INIT { NULL, NULL, NULL }

/** xml_out_begin - root element @root version="1"; the schema has the same name */
void xml_out_begin(struct xml_out *x, const char *root);
/** xml_out_begin_foreign - a document whose form others define: no version, no schema of ours */
void xml_out_begin_foreign(struct xml_out *x, const char *root);
void xml_open(struct xml_out *x, const char *element);
void xml_close(struct xml_out *x);
void xml_attr(struct xml_out *x, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);

/** xml_attr_opt - nothing when @value is NULL */
void xml_attr_opt(struct xml_out *x, const char *name, const char *value);

/** xml_attr_bool - "yes" or "no" */
void xml_attr_bool(struct xml_out *x, const char *name, bool value);

/** xml_element - an element that holds only text; bytes that XML cannot carry become '?' */
void xml_element(struct xml_out *x, const char *element, const char *text);
void xml_put_text(struct xml_out *x, const char *text);

/** xml_out_finish - close all, check with the schema; ret_text is valid until the object is cleared */
int xml_out_finish(struct xml_out *x, const char **ret_text, size_t *ret_len, struct error *err);
int xml_out_write(struct xml_out *x, const char *path, enum outfile_mode mode, struct error *err);
void xml_out_clear(struct xml_out *x);

#define CLEANUP_XML_OUT __attribute__((cleanup(xml_out_clear)))

#endif
