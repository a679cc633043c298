// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading the text in which LVM keeps its metadata. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/lvm_text.h"

struct parser {
	const char *at;
	size_t nodes;
	struct error *err;
};

static int bad(struct parser *p, const char *what)
{
	return error_set(p->err, ERR_FORMAT, "LVM metadata: %s", what);
}

static void skip_blank(struct parser *p)
{
	for (;;) {
		p->at += strspn(p->at, " \t\r\n,");
		if (*p->at != '#')
			return;
		p->at += strcspn(p->at, "\n");
	}
}

static size_t word_length(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || (s[n] && strchr("_.-+/", s[n])))
		n++;
	return n;
}

/* A string in quotes, where a backslash protects one character, or a bare word. */
static int take_value(struct parser *p, struct strv *to)
{
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;

	if (to->n >= LVM_NODES_MAX)
		return bad(p, "too many values");
	if (*p->at != '"') {
		len = word_length(p->at);
		if (len == 0)
			return bad(p, "a value is missing");
		strv_take(to, xstrndup(p->at, len));
		p->at += len;
		return 0;
	}
	p->at++;
	text = xmalloc(strcspn(p->at, "\n") + 1);
	while (*p->at && *p->at != '"' && *p->at != '\n') {
		if (*p->at == '\\' && p->at[1] && p->at[1] != '\n')
			p->at++;
		text[len++] = *p->at++;
	}
	if (*p->at != '"')
		return bad(p, "a string has no end");
	p->at++;
	text[len] = '\0';
	strv_take(to, STEAL(text));
	return 0;
}

static int take_values(struct parser *p, struct strv *to)
{
	skip_blank(p);
	if (*p->at != '[')
		return take_value(p, to);
	p->at++;
	for (skip_blank(p); *p->at != ']'; skip_blank(p))
		if (take_value(p, to) < 0)
			return -1;
	p->at++;
	return 0;
}

static int take_section(struct parser *p, struct lvm_node *section, unsigned int depth)
{
	size_t len;

	for (skip_blank(p); *p->at && *p->at != '}'; skip_blank(p)) {
		struct lvm_node *n;
		int rc;

		len = word_length(p->at);
		if (len == 0 || ++p->nodes > LVM_NODES_MAX || depth > LVM_DEPTH_MAX)
			return bad(p, "not understood");
		n = APPEND(section->children, section->n_children);
		n->name = xstrndup(p->at, len);
		p->at += len;
		skip_blank(p);
		if (*p->at != '=' && *p->at != '{')
			return bad(p, "neither a value nor a section");
		if (*p->at++ == '=') {
			rc = take_values(p, &n->values);
		} else {
			rc = take_section(p, n, depth + 1);
			if (rc == 0 && *p->at++ != '}')
				return bad(p, "a section has no end");
		}
		if (rc < 0)
			return -1;
	}
	return 0;
}

int lvm_text_parse(struct lvm_node *ret, const char *text, struct error *err)
{
	struct lvm_node top CLEANUP_LVM_NODE = LVM_NODE_INIT;
	struct parser p = { text, 0, err };

	if (take_section(&p, &top, 0) < 0)
		return -1;
	if (*p.at)
		return bad(&p, "a section ends twice");
	*ret = top;
	top = (struct lvm_node)LVM_NODE_INIT;
	return 0;
}

const struct lvm_node *lvm_find_node(const struct lvm_node *parent, const char *name)
{
	for (size_t i = 0; parent && i < parent->n_children; i++)
		if (strcmp(parent->children[i].name, name) == 0)
			return &parent->children[i];
	return NULL;
}

int lvm_get_number(const struct lvm_node *parent, const char *name, uint64_t min, uint64_t max,
		   uint64_t *ret, struct error *err)
{
	const struct lvm_node *n = lvm_find_node(parent, name);

	if (!n || n->values.n != 1)
		return error_set(err, ERR_FORMAT, "LVM metadata: no '%s'", name);
	return parse_u64(n->values.v[0], min, max, ret, err);
}

const char *lvm_get_string(const struct lvm_node *parent, const char *name)
{
	const struct lvm_node *n = lvm_find_node(parent, name);

	return n && n->values.n == 1 ? n->values.v[0] : "";
}

void lvm_node_clear(struct lvm_node *n)
{
	for (size_t i = 0; i < n->n_children; i++)
		lvm_node_clear(&n->children[i]);
	free(n->children);
	free(n->name);
	strv_clear(&n->values);
	*n = (struct lvm_node)LVM_NODE_INIT;
}
