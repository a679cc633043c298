// SPDX-License-Identifier: GPL-2.0-or-later
/* What was changed in a guest and what was put into it, in its document. */
#include "config.h"

#include <stdlib.h>

#include "lib/base/alloc.h"
#include "lib/guest_changes.h"

struct guest_software *guest_software_add(struct guest *g, const char *kind, const char *name,
					  const char *version, const char *source)
{
	struct guest_software *s = APPEND(g->software, g->n_software);

	*s = (struct guest_software){
		.kind = xstrdup(kind),
		.name = xstrdup(name),
		.version = version ? xstrdup(version) : NULL,
		.source = xstrdup(source),
	};
	return s;
}

void guest_software_file(struct guest_software *s, const char *path, const void *data, size_t len)
{
	struct guest_file *f = APPEND(s->files, s->n_files);

	*f = (struct guest_file){ xstrdup(path), digest_hex_of(data, len), digest_sha1_of(data, len) };
}

static char *copy_text(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

void guest_key_add(struct guest *g, const char *hive, const char *key, const char *value,
		   const char *before, const char *after)
{
	*APPEND(g->keys, g->n_keys) = (struct guest_key){
		xstrdup(hive), xstrdup(key), copy_text(value), copy_text(before), copy_text(after) };
}

static void put_software(const struct guest_software *s, struct xml_out *x)
{
	xml_open(x, "software");
	xml_attr(x, "kind", "%s", s->kind);
	xml_attr(x, "name", "%s", s->name);
	xml_attr_opt(x, "version", s->version);
	xml_attr(x, "source", "%s", s->source);
	for (size_t i = 0; i < s->n_files; i++) {
		xml_open(x, "file");
		xml_attr(x, "path", "%s", s->files[i].path);
		xml_attr(x, "digest", "%s", s->files[i].digest);
		xml_attr(x, "sha1", "%s", s->files[i].sha1);
		xml_close(x);
	}
	xml_close(x);
}

static void put_injected(const struct guest *g, struct xml_out *x)
{
	if (!g->n_software)
		return;
	xml_open(x, "injected");
	for (size_t i = 0; i < g->n_software; i++)
		put_software(&g->software[i], x);
	xml_close(x);
}

static void put_registry(const struct guest *g, struct xml_out *x)
{
	if (!g->n_keys)
		return;
	xml_open(x, "registry");
	for (size_t i = 0; i < g->n_keys; i++) {
		const struct guest_key *k = &g->keys[i];

		xml_open(x, "key");
		xml_attr(x, "hive", "%s", k->hive);
		xml_attr(x, "name", "%s", k->key);
		xml_attr_opt(x, "value", k->value);
		xml_attr_opt(x, "before", k->before);
		xml_attr_opt(x, "after", k->after);
		xml_close(x);
	}
	xml_close(x);
}

void guest_changes_to_xml(const struct guest *g, struct xml_out *x)
{
	put_injected(g, x);
	put_registry(g, x);
	xml_open(x, "changes");
	for (size_t i = 0; i < g->n_changes; i++) {
		const struct guest_change *c = &g->changes[i];

		xml_open(x, "change");
		xml_attr(x, "action", "%s", c->action);
		xml_attr_opt(x, "path", c->path);
		xml_attr_opt(x, "before", c->before);
		xml_attr_opt(x, "after", c->after);
		xml_attr_opt(x, "sha1", c->sha1);
		xml_put_text(x, c->why ? c->why : "");
		xml_close(x);
	}
	xml_close(x);
}

static void get_software(struct guest *g, const xmlNode *node)
{
	struct guest_software *s = APPEND(g->software, g->n_software);

	*s = (struct guest_software){
		.kind = xml_get(node, "kind"),
		.name = xml_get(node, "name"),
		.version = xml_get(node, "version"),
		.source = xml_get(node, "source"),
	};
	XML_EACH(file, node, "file") {
		struct guest_file *f = APPEND(s->files, s->n_files);

		*f = (struct guest_file){ xml_get(file, "path"), xml_get(file, "digest"),
					  xml_get(file, "sha1") };
	}
}

void guest_changes_from_xml(struct guest *g, const xmlNode *root)
{
	XML_EACH(node, xml_child(root, "injected"), "software")
		get_software(g, node);
	XML_EACH(node, xml_child(root, "registry"), "key")
		*APPEND(g->keys, g->n_keys) = (struct guest_key){
			xml_get(node, "hive"), xml_get(node, "name"), xml_get(node, "value"),
			xml_get(node, "before"), xml_get(node, "after") };
	XML_EACH(node, xml_child(root, "changes"), "change") {
		struct guest_change *c = APPEND(g->changes, g->n_changes);

		*c = (struct guest_change){
			.path = xml_get(node, "path"),
			.action = xml_get(node, "action"),
			.before = xml_get(node, "before"),
			.after = xml_get(node, "after"),
			.sha1 = xml_get(node, "sha1"),
			.why = xml_text(node),
		};
	}
}

static void clear_software(struct guest_software *s)
{
	for (size_t i = 0; i < s->n_files; i++) {
		free(s->files[i].path);
		free(s->files[i].digest);
		free(s->files[i].sha1);
	}
	free(s->files);
	free(s->kind);
	free(s->name);
	free(s->version);
	free(s->source);
}

static void clear_key(struct guest_key *k)
{
	free(k->hive);
	free(k->key);
	free(k->value);
	free(k->before);
	free(k->after);
}

static void clear_change(struct guest_change *c)
{
	free(c->path);
	free(c->action);
	free(c->before);
	free(c->after);
	free(c->sha1);
	free(c->why);
}

void guest_changes_clear(struct guest *g)
{
	for (size_t i = 0; i < g->n_changes; i++)
		clear_change(&g->changes[i]);
	for (size_t i = 0; i < g->n_keys; i++)
		clear_key(&g->keys[i]);
	for (size_t i = 0; i < g->n_software; i++)
		clear_software(&g->software[i]);
	free(g->changes);
	free(g->keys);
	free(g->software);
}
