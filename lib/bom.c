// SPDX-License-Identifier: GPL-2.0-or-later
/* Bill of materials: guests, the software that a converter put into them, the files that it changed. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/bom.h"
#include "lib/guest_changes.h"
#include "lib/spdx.h"

static const char *relation_of(const struct guest_change *c)
{
	if (strcmp(c->action, "added") == 0)
		return "FILE_ADDED";
	return strcmp(c->action, "removed") == 0 ? "FILE_DELETED" : "FILE_MODIFIED";
}

static char *file_id(const char *guest_id, size_t i)
{
	return xasprintf("%s-file-%zu", guest_id, i + 1);
}

static char *comment_on(const struct guest_change *c)
{
	const char *why = c->why && *c->why ? c->why : NULL;

	return xasprintf("%s%s%s%s%s", c->action, c->before && c->after ? "; before: SHA256 " : "",
			 c->before && c->after ? c->before : "", why ? "; " : "", why ? why : "");
}

/* A file in SPDX has a digest; what has none is a remark on the guest. */
static bool is_file(const struct guest_change *c)
{
	return c->path && c->sha1 && (c->after || c->before) && strcmp(c->action, "left") != 0;
}

static void add_change(struct spdx *s, const struct guest_change *c, const char *guest_id, size_t i,
		       struct json_object *guest)
{
	CLEANUP_FREE char *id = file_id(guest_id, i), *comment = comment_on(c);
	CLEANUP_FREE char *remark = xasprintf("%s: %s", c->path ? c->path : "-", comment);
	const struct spdx_file file = { id, c->path, c->sha1, c->after ? c->after : c->before, comment };

	if (!is_file(c)) {
		spdx_annotate(guest, remark);
		return;
	}
	spdx_file(s, &file);
	spdx_relate(s, id, relation_of(c), guest_id);
}

/* The change that brought this very file, or n_changes. */
static size_t find_change(const struct guest *g, const struct guest_file *f)
{
	size_t i = 0;

	while (i < g->n_changes && !(is_file(&g->changes[i]) && g->changes[i].after &&
				     strcmp(g->changes[i].path, f->path) == 0 &&
				     strcmp(g->changes[i].after, f->digest) == 0))
		i++;
	return i;
}

static void add_contents(struct spdx *s, const struct guest *g, const struct guest_software *p,
			 const char *guest_id, const char *id)
{
	for (size_t i = 0; i < p->n_files; i++) {
		const struct guest_file *f = &p->files[i];
		size_t change = find_change(g, f);
		CLEANUP_FREE char *file = change < g->n_changes ? file_id(guest_id, change)
								: file_id(id, i);

		if (change == g->n_changes)
			spdx_file(s, &(struct spdx_file){ file, f->path, f->sha1, f->digest, NULL });
		spdx_relate(s, id, "CONTAINS", file);
	}
}

static void add_key(const struct guest_key *k, struct json_object *guest)
{
	CLEANUP_FREE char *remark = xasprintf("%s: %s%s%s: before: %s; after: %s", k->hive, k->key,
					      k->value ? ": " : "", k->value ? k->value : "",
					      k->before ? k->before : "not there",
					      k->after ? k->after : "not there");

	spdx_annotate(guest, remark);
}

static const char *summary_of(const struct guest_software *p)
{
	if (strcmp(p->kind, SOFTWARE_DRIVER) == 0)
		return "driver of Windows";
	return strcmp(p->kind, SOFTWARE_MODULE) == 0 ? "module of the kernel, in its initramfs"
						     : "program";
}

static void add_software(struct spdx *s, const struct guest *g, size_t i, const char *guest_id)
{
	const struct guest_software *p = &g->software[i];
	CLEANUP_FREE char *id = xasprintf("%s-software-%zu", guest_id, i + 1), *code = NULL;
	CLEANUP_FREE const char **sha1s = xcalloc(p->n_files + 1, sizeof(*sha1s));
	bool program = strcmp(p->kind, SOFTWARE_PROGRAM) == 0;

	for (size_t k = 0; k < p->n_files; k++)
		sha1s[k] = p->files[k].sha1;
	code = p->n_files ? spdx_verification_code(sha1s, p->n_files) : NULL;
	spdx_package(s, &(struct spdx_package){
		.id = id, .name = p->name, .version = p->version, .source = p->source, .code = code,
		.purpose = program ? "APPLICATION" : "OTHER", .summary = summary_of(p),
	});
	spdx_relate(s, guest_id, "CONTAINS", id);
	add_contents(s, g, p, guest_id, id);
}

static void add_guest(struct spdx *s, const struct guest *g, size_t number)
{
	CLEANUP_FREE char *id = xasprintf("SPDXRef-guest-%zu", number);
	const struct spdx_package package = {
		.id = id, .name = g->name, .version = g->system && *g->system ? g->system : NULL,
		.purpose = "OPERATING_SYSTEM", .summary = "guest: the system of an old PC",
	};
	struct json_object *guest = spdx_package(s, &package);

	spdx_relate(s, SPDX_DOCUMENT, "DESCRIBES", id);
	for (size_t i = 0; i < g->n_changes; i++)
		add_change(s, &g->changes[i], id, i, guest);
	for (size_t i = 0; i < g->n_keys; i++)
		add_key(&g->keys[i], guest);
	for (size_t i = 0; i < g->n_software; i++)
		add_software(s, g, i, id);
}

int bom_write(const struct plan *plan, const char *path, struct error *err)
{
	struct spdx s = spdx_begin();
	CLEANUP_FREE char *name = xasprintf("%s: what was put into its guests", plan->name);
	CLEANUP_FREE char *space = xasprintf("urn:rehost:bom:%s", plan->name);

	for (size_t i = 0; i < plan->n_partitions; i++)
		add_guest(&s, &plan->partitions[i].guest, i + 1);
	return spdx_write(&s, name, space, path, err);
}
