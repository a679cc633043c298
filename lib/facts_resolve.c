// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths without symbolic links, where the kernel cannot be asked: in archives, and before Linux 5.6. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/facts_archive.h"

enum { LINKS_MAX = 40 };	/* as the kernel: more links in one path are a loop */

struct walk {
	const struct facts *t;
	facts_lookup_fn *lookup;
	char *done;		/* so far, without links                 */
	struct strv todo;	/* what is left, the next component last */
	int links;
};

static void cleanup_walk(struct walk *w)
{
	free(w->done);
	strv_clear(&w->todo);
}

/* Puts the components of @path before what is left to do. */
static void push(struct walk *w, const char *path)
{
	struct strv parts CLEANUP_STRV = STRV_INIT;

	strv_split(&parts, path, "/");
	for (size_t i = parts.n; i > 0; i--)
		strv_add(&w->todo, parts.v[i - 1]);
}

static char *pop(struct walk *w)
{
	char *name = w->todo.v[--w->todo.n];

	w->todo.v[w->todo.n] = NULL;
	return name;
}

static void up(struct walk *w)
{
	char *slash = strrchr(w->done, '/');

	if (slash)
		*slash = '\0';
	else
		*w->done = '\0';
}

static bool down(struct walk *w, const char *name)
{
	CLEANUP_FREE char *next = *w->done ? xasprintf("%s/%s", w->done, name) : xstrdup(name);
	CLEANUP_FREE char *link = NULL;
	char kind = strlen(next) < FACTS_PATH_MAX ? w->lookup(w->t, next, &link) : '\0';

	if (kind == '\0')
		return false;
	if (kind != 'l') {
		free(w->done);
		w->done = STEAL(next);
		return true;
	}
	if (!link || ++w->links > LINKS_MAX || strlen(link) >= FACTS_PATH_MAX)
		return false;
	if (link[0] == '/')
		*w->done = '\0';
	push(w, link);
	return true;
}

char *facts_resolve(const struct facts *t, const char *path, facts_lookup_fn *lookup)
{
	struct walk w __attribute__((cleanup(cleanup_walk))) = { t, lookup, xstrdup(""),
								 STRV_INIT, 0 };

	push(&w, path);
	while (w.todo.n) {
		CLEANUP_FREE char *name = pop(&w);

		if (strcmp(name, "..") == 0) {
			up(&w);
		} else if (strcmp(name, ".") != 0 && !down(&w, name)) {
			errno = ENOENT;
			return NULL;
		}
	}
	return STEAL(w.done);
}
