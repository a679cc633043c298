// SPDX-License-Identifier: GPL-2.0-or-later
/* A part of a guest's files in memory: lookup as the guest would do it, and changes to it. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/strv.h"
#include "lib/tree.h"

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct tree_node *)a)->path, ((const struct tree_node *)b)->path);
}

static void clear_node(struct tree_node *n)
{
	free(n->path);
	free(n->data);
	free(n->target);
	free(n->before);
	free(n->new_path);
	free(n->why);
}

void tree_clear(struct tree *t)
{
	for (size_t i = 0; i < t->n_nodes; i++)
		clear_node(&t->nodes[i]);
	free(t->nodes);
	*t = (struct tree)TREE_INIT;
}

/* Of two nodes with one name the one that has contents stays. */
static void sort(struct tree *t)
{
	size_t n = 0;

	if (t->n_nodes)
		qsort(t->nodes, t->n_nodes, sizeof(*t->nodes), compare);
	for (size_t i = 0; i < t->n_nodes; i++) {
		if (n == 0 || strcmp(t->nodes[n - 1].path, t->nodes[i].path) != 0) {
			t->nodes[n++] = t->nodes[i];
		} else if (t->nodes[i].data && !t->nodes[n - 1].data) {
			clear_node(&t->nodes[n - 1]);
			t->nodes[n - 1] = t->nodes[i];
		} else {
			clear_node(&t->nodes[i]);
		}
	}
	t->n_nodes = n;
	t->sorted = true;
}

static struct tree_node *exact(const struct tree *t, const char *path)
{
	struct tree_node key = { .path = (char *)path };

	if (!t->sorted)
		sort((struct tree *)t);
	if (!t->n_nodes)
		return NULL;
	return bsearch(&key, t->nodes, t->n_nodes, sizeof(*t->nodes), compare);
}

static struct tree_node *new_node(struct tree *t, const char *path, enum tree_kind kind)
{
	struct tree_node *n = APPEND(t->nodes, t->n_nodes);

	*n = (struct tree_node){ .path = xstrdup(path), .kind = kind };
	t->sorted = false;
	return n;
}

void tree_note(struct tree *t, const char *path, enum tree_kind kind, const char *target)
{
	struct tree_node *n;

	if (t->n_nodes >= TREE_MAX_NODES)
		return;
	n = new_node(t, path, kind);
	n->target = target ? xstrdup(target) : NULL;
}

void tree_take(struct tree *t, const char *path, char *data, uint64_t size, uint32_t mode)
{
	struct tree_node *n = new_node(t, path, TREE_FILE);

	n->data = data;
	n->size = size;
	n->mode = mode;
	t->total += size;
}

static char *joined(const struct strv *steps)
{
	CLEANUP_FREE char *tail = strv_join(steps, "/");

	return xasprintf("/%s", tail);
}

static void pop(struct strv *sv)
{
	if (sv->n) {
		free(sv->v[--sv->n]);
		sv->v[sv->n] = NULL;
	}
}

static char *resolve(const struct tree *t, const char *path, unsigned int *links);

/* One step of a path: the text of a link replaces it, ".." never leaves the root. */
static int step(const struct tree *t, struct strv *done, const char *name, unsigned int *links)
{
	CLEANUP_FREE char *here = NULL, *whole = NULL, *real = NULL;
	const struct tree_node *n;

	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		pop(done);
		return 0;
	}
	here = joined(done);
	strv_add(done, name);
	whole = joined(done);
	n = exact(t, whole);
	if (!n || n->kind != TREE_LINK)
		return 0;
	if (++*links > TREE_MAX_LINKS)
		return -1;
	free(STEAL(whole));
	whole = path_join(here, n->target);
	real = resolve(t, whole, links);
	if (!real)
		return -1;
	strv_clear(done);
	strv_split(done, real, "/");
	return 0;
}

static char *resolve(const struct tree *t, const char *path, unsigned int *links)
{
	struct strv steps CLEANUP_STRV = STRV_INIT, done CLEANUP_STRV = STRV_INIT;

	strv_split(&steps, path, "/");
	for (size_t i = 0; i < steps.n; i++)
		if (step(t, &done, steps.v[i], links) < 0)
			return NULL;
	return joined(&done);
}

char *tree_resolve(const struct tree *t, const char *path)
{
	unsigned int links = 0;

	return resolve(t, path, &links);
}

struct tree_node *tree_find(const struct tree *t, const char *path)
{
	CLEANUP_FREE char *real = tree_resolve(t, path);

	return real ? exact(t, real) : NULL;
}

bool tree_has(const struct tree *t, const char *path)
{
	return tree_find(t, path) != NULL;
}

const char *tree_text(const struct tree *t, const char *path)
{
	const struct tree_node *n = tree_find(t, path);

	return n && n->kind == TREE_FILE ? n->data : NULL;
}

struct tree_node *tree_under(const struct tree *t, const char *folder, size_t *i)
{
	CLEANUP_FREE char *real = tree_resolve(t, folder);
	size_t len = real && strcmp(real, "/") != 0 ? strlen(real) : 0;

	if (!t->sorted)
		sort((struct tree *)t);
	for (; real && *i < t->n_nodes; (*i)++) {
		struct tree_node *n = &t->nodes[*i];

		if (strncmp(n->path, real, len) == 0 && n->path[len] == '/') {
			(*i)++;
			return n;
		}
	}
	return NULL;
}

static void add_why(struct tree_node *n, const char *why)
{
	char *all = n->why ? xasprintf("%s; %s", n->why, why) : xstrdup(why);

	free(n->why);
	n->why = all;
}

void tree_put(struct tree *t, const char *path, const char *text, uint32_t mode, const char *why)
{
	struct tree_node *n = tree_find(t, path);

	if (!n || n->kind != TREE_FILE) {
		CLEANUP_FREE char *real = tree_resolve(t, path);

		tree_take(t, real ? real : path, xstrdup(text), strlen(text), mode);
		n = &t->nodes[t->n_nodes - 1];
		n->change = TREE_ADDED;
		add_why(n, why);
		return;
	}
	if (n->data && strcmp(n->data, text) == 0)
		return;
	if (n->change == TREE_SAME) {
		n->before = STEAL(n->data);
		n->before_size = n->size;
		n->change = TREE_CHANGED;
	}
	free(n->data);
	n->data = xstrdup(text);
	n->size = strlen(text);
	add_why(n, why);
}

void tree_link(struct tree *t, const char *path, const char *target, const char *why)
{
	struct tree_node *n;

	if (exact(t, path))
		return;
	n = new_node(t, path, TREE_LINK);
	n->target = xstrdup(target);
	n->change = TREE_ADDED;
	add_why(n, why);
}

void tree_rename(struct tree *t, const char *path, const char *new_path, const char *why)
{
	CLEANUP_FREE char *dir = path_dirname(path), *base = path_basename(path);
	CLEANUP_FREE char *real_dir = tree_resolve(t, dir);
	CLEANUP_FREE char *real = real_dir ? path_join(real_dir, base) : NULL;
	struct tree_node *n = real ? exact(t, real) : NULL;

	if (!n || n->change != TREE_SAME)
		return;
	n->change = TREE_RENAMED;
	free(n->new_path);
	n->new_path = xstrdup(new_path);
	add_why(n, why);
}
