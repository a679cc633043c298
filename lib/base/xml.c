// SPDX-License-Identifier: GPL-2.0-or-later
/* Documents: safe reading with a schema, deterministic writing. */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/schemas.h"
#include "lib/base/size.h"
#include "lib/base/xml.h"

#define XC(s) ((const xmlChar *)(s))

struct complaint {
	const char *name;	/* of the document */
	char *text;
};

static void cleanup_complaint(struct complaint *c)
{
	free(c->text);
}

/* Keeps the first message: what follows it is usually its consequence. */
#if LIBXML_VERSION >= 21200
static void on_error(void *data, const xmlError *e)
#else
static void on_error(void *data, xmlErrorPtr e)
#endif
{
	struct complaint *c = data;
	CLEANUP_FREE char *message = NULL;
	size_t len;

	if (c->text || !e->message)
		return;
	message = xstrdup(e->message);
	len = strlen(message);
	while (len && isspace((unsigned char)message[len - 1]))
		message[--len] = '\0';
	c->text = xasprintf("%s:%d: %s", c->name, e->line, message);
}

static int fail_with(const struct complaint *c, struct error *err)
{
	if (c->text)
		return error_set(err, ERR_FORMAT, "%s", c->text);
	return error_set(err, ERR_FORMAT, "%s is not a well-formed document", c->name);
}

xmlDoc *xml_parse_memory(const char *text, size_t len, const char *name, struct error *err)
{
	struct complaint c __attribute__((cleanup(cleanup_complaint))) = { name, NULL };
	xmlDoc *doc CLEANUP_XMLDOC = NULL;

	if (len > XML_SIZE_MAX) {
		error_set(err, ERR_FORMAT, "%s is too large for a document", name);
		return NULL;
	}
	xmlSetStructuredErrorFunc(&c, on_error);
	doc = xmlReadMemory(text, (int)len, name, NULL,
			    XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_BIG_LINES);
	xmlSetStructuredErrorFunc(NULL, NULL);
	if (!doc) {
		fail_with(&c, err);
		error_hint(err, "it is damaged or no XML: mend it, or make it again");
		return NULL;
	}
	if (xmlGetIntSubset(doc)) {
		error_set(err, ERR_FORMAT, "%s has a DOCTYPE, which is not allowed", name);
		return NULL;
	}
	return STEAL(doc);
}

static const struct schema *find_schema(const char *name)
{
	for (const struct schema *s = schemas; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	abort();
}

static int check_with(xmlDoc *doc, const char *schema, const char *name, struct error *err)
{
	struct complaint c __attribute__((cleanup(cleanup_complaint))) = { name, NULL };
	const struct schema *s = find_schema(schema);
	xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewMemParserCtxt(s->text, (int)s->len);
	xmlRelaxNG *grammar = xmlRelaxNGParse(parser);
	xmlRelaxNGValidCtxt *valid = grammar ? xmlRelaxNGNewValidCtxt(grammar) : NULL;
	int rc = -1;

	if (valid) {
		xmlRelaxNGSetValidStructuredErrors(valid, on_error, &c);
		rc = xmlRelaxNGValidateDoc(valid, doc);
	}
	xmlRelaxNGFreeValidCtxt(valid);
	xmlRelaxNGFree(grammar);
	xmlRelaxNGFreeParserCtxt(parser);
	if (rc == 0)
		return 0;
	fail_with(&c, err);
	return error_hint(err, "the document does not follow schemas/%s.rng", schema);
}

xmlDoc *xml_read_memory(const char *text, size_t len, const char *name, const char *schema,
			struct error *err)
{
	xmlDoc *doc CLEANUP_XMLDOC = xml_parse_memory(text, len, name, err);

	if (!doc || check_with(doc, schema, name, err) < 0)
		return NULL;
	return STEAL(doc);
}

xmlDoc *xml_read(const char *path, const char *schema, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;

	if (file_read(path, XML_SIZE_MAX, &text, &len, err) < 0)
		return NULL;
	return xml_read_memory(text, len, path, schema, err);
}

static xmlNode *find_from(xmlNode *node, const char *name)
{
	while (node && (node->type != XML_ELEMENT_NODE || !xmlStrEqual(node->name, XC(name))))
		node = node->next;
	return node;
}

xmlNode *xml_child(const xmlNode *node, const char *name)
{
	return node ? find_from(node->children, name) : NULL;
}

xmlNode *xml_next(const xmlNode *node, const char *name)
{
	return find_from(node->next, name);
}

char *xml_get(const xmlNode *node, const char *attr)
{
	return node ? (char *)xmlGetNoNsProp(node, XC(attr)) : NULL;
}

char *xml_text(const xmlNode *node)
{
	char *text = node ? (char *)xmlNodeGetContent(node) : NULL;

	return text ? text : xstrdup("");
}

int xml_get_u64(const xmlNode *node, const char *attr, uint64_t min, uint64_t max,
		uint64_t fallback, uint64_t *ret, struct error *err)
{
	CLEANUP_FREE char *text = xml_get(node, attr);

	if (!text) {
		*ret = fallback;
		return 0;
	}
	if (parse_u64(text, min, max, ret, err) == 0)
		return 0;
	error_wrap(err, "attribute '%s'", attr);
	return error_wrap(err, "%s:%ld: element '%s'", (const char *)node->doc->URL,
			  xmlGetLineNo(node), (const char *)node->name);
}

bool xml_get_bool(const xmlNode *node, const char *attr)
{
	CLEANUP_FREE char *text = xml_get(node, attr);

	return text && strcmp(text, "yes") == 0;
}

int xml_error_at(struct error *err, const xmlNode *node, const char *fmt, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	return error_set(err, ERR_FORMAT, "%s:%ld: %s", (const char *)node->doc->URL,
			 xmlGetLineNo(node), text);
}

/* The writer works in memory, so that a negative result can only mean misuse or lack of memory. */
static void must(int rc)
{
	if (rc < 0)
		abort();
}

void xml_out_begin_foreign(struct xml_out *x, const char *root)
{
	x->buf = xmlBufferCreate();
	x->w = xmlNewTextWriterMemory(x->buf, 0);
	if (!x->w)
		abort();
	must(xmlTextWriterSetIndent(x->w, 1));
	must(xmlTextWriterSetIndentString(x->w, XC("  ")));
	must(xmlTextWriterStartDocument(x->w, NULL, "UTF-8", NULL));
	xml_open(x, root);
}

void xml_out_begin(struct xml_out *x, const char *root)
{
	xml_out_begin_foreign(x, root);
	x->schema = xstrdup(root);
	xml_attr(x, "version", "1");
}

void xml_open(struct xml_out *x, const char *element)
{
	must(xmlTextWriterStartElement(x->w, XC(element)));
}

void xml_close(struct xml_out *x)
{
	must(xmlTextWriterEndElement(x->w));
}

/* Names from a disk can hold any byte; a document cannot. */
static char *clean_text(const char *text)
{
	char *copy = xstrdup(text);

	for (char *c = copy; *c; c++)
		if ((unsigned char)*c < 0x20 && !strchr("\t\n\r", *c))
			*c = '?';
	if (!xmlCheckUTF8(XC(copy)))
		for (char *c = copy; *c; c++)
			if ((unsigned char)*c >= 0x80)
				*c = '?';
	return copy;
}

void xml_attr_opt(struct xml_out *x, const char *name, const char *value)
{
	CLEANUP_FREE char *clean = NULL;

	if (!value)
		return;
	clean = clean_text(value);
	must(xmlTextWriterWriteAttribute(x->w, XC(name), XC(clean)));
}

void xml_attr(struct xml_out *x, const char *name, const char *fmt, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	xml_attr_opt(x, name, text);
}

void xml_attr_bool(struct xml_out *x, const char *name, bool value)
{
	xml_attr_opt(x, name, value ? "yes" : "no");
}

void xml_put_text(struct xml_out *x, const char *text)
{
	CLEANUP_FREE char *clean = clean_text(text);

	must(xmlTextWriterWriteString(x->w, XC(clean)));
}

void xml_element(struct xml_out *x, const char *element, const char *text)
{
	xml_open(x, element);
	xml_put_text(x, text);
	xml_close(x);
}

int xml_out_finish(struct xml_out *x, const char **ret_text, size_t *ret_len, struct error *err)
{
	xmlDoc *doc CLEANUP_XMLDOC = NULL;

	must(xmlTextWriterEndDocument(x->w));
	must(xmlTextWriterFlush(x->w));
	*ret_text = (const char *)xmlBufferContent(x->buf);
	*ret_len = (size_t)xmlBufferLength(x->buf);
	if (!x->schema)
		return 0;
	doc = xml_read_memory(*ret_text, *ret_len, x->schema, x->schema, err);
	if (!doc)
		return error_wrap(err, "internal error: generated document is not valid");
	return 0;
}

int xml_out_write(struct xml_out *x, const char *path, enum outfile_mode mode, struct error *err)
{
	const char *text = NULL;
	size_t len = 0;

	if (xml_out_finish(x, &text, &len, err) < 0)
		return -1;
	return file_write(path, text, len, mode, err);
}

void xml_out_clear(struct xml_out *x)
{
	if (x->w)
		xmlFreeTextWriter(x->w);
	if (x->buf)
		xmlBufferFree(x->buf);
	free(x->schema);
	*x = (struct xml_out)XML_OUT_INIT;
}
