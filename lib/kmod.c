// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernel modules by the guest's own lists. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/initramfs.h"
#include "lib/kmod.h"

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct kmod_module *)a)->name, ((const struct kmod_module *)b)->name);
}

/* Before module-init-tools 3.4 the names were absolute: /lib/modules/2.6.18-8.el5/kernel/a/x.ko */
static const char *below_version(const char *path)
{
	static const char root[] = "/lib/modules/";
	const char *slash = strncmp(path, root, strlen(root)) == 0
				    ? strchr(path + strlen(root), '/') : NULL;

	return slash ? slash + 1 : path;
}

/* "kernel/a/x.ko: kernel/b/y.ko kernel/c/z.ko" */
static void parse_line(struct kmod *k, const char *line, size_t len)
{
	CLEANUP_FREE char *text = xstrndup(line, len);
	struct strv words CLEANUP_STRV = STRV_INIT;
	struct kmod_module *m;
	char *colon = strchr(text, ':'), *name;

	if (!colon || k->n_modules >= KMOD_MAX_MODULES)
		return;
	*colon = '\0';
	name = initramfs_module_name(text);
	if (!name)
		return;
	m = APPEND(k->modules, k->n_modules);
	*m = (struct kmod_module){ .name = name, .path = xstrdup(below_version(text)) };
	strv_split(&words, colon + 1, " \t\\\n");
	for (size_t i = 0; i < words.n; i++) {
		char *need = initramfs_module_name(words.v[i]);

		if (need)
			strv_take(&m->needs, need);
	}
}

static void parse_builtin(struct kmod *k, const char *text)
{
	struct strv lines CLEANUP_STRV = STRV_INIT;

	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n && i < KMOD_MAX_MODULES; i++) {
		char *name = initramfs_module_name(lines.v[i]);

		if (name)
			strv_take(&k->builtin, name);
	}
	strv_sort(&k->builtin);
}

void kmod_parse(struct kmod *ret, const char *dep, const char *builtin)
{
	*ret = (struct kmod)KMOD_INIT;
	while (*dep) {
		size_t len = strcspn(dep, "\n");

		/* a line of modutils goes on behind a backslash */
		while (len && dep[len] && dep[len - 1] == '\\')
			len += 1 + strcspn(dep + len + 1, "\n");

		parse_line(ret, dep, len);
		dep += len + (dep[len] == '\n');
	}
	if (ret->n_modules)
		qsort(ret->modules, ret->n_modules, sizeof(*ret->modules), compare);
	if (builtin)
		parse_builtin(ret, builtin);
}

void kmod_clear(struct kmod *k)
{
	for (size_t i = 0; i < k->n_modules; i++) {
		free(k->modules[i].name);
		free(k->modules[i].path);
		strv_clear(&k->modules[i].needs);
	}
	free(k->modules);
	strv_clear(&k->builtin);
	*k = (struct kmod)KMOD_INIT;
}

const struct kmod_module *kmod_find(const struct kmod *k, const char *name)
{
	struct kmod_module key = { .name = (char *)name };

	return k->n_modules ? bsearch(&key, k->modules, k->n_modules, sizeof(key), compare) : NULL;
}

bool kmod_is_builtin(const struct kmod *k, const char *name)
{
	return strv_has(&k->builtin, name);
}

static void closure(const struct kmod *k, const struct kmod_module *m, unsigned int depth,
		    struct strv *ret)
{
	if (strv_has(ret, m->name) || depth > KMOD_MAX_DEPTH)
		return;
	for (size_t i = m->needs.n; i-- > 0;) {
		const struct kmod_module *need = kmod_find(k, m->needs.v[i]);

		if (need)
			closure(k, need, depth + 1, ret);
	}
	if (!strv_has(ret, m->name))
		strv_add(ret, m->name);
}

bool kmod_closure(const struct kmod *k, const char *name, struct strv *ret)
{
	const struct kmod_module *m = kmod_find(k, name);

	if (m)
		closure(k, m, 0, ret);
	return m || kmod_is_builtin(k, name);
}

static const char *path_of(const struct strv *names, const struct strv *paths, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->v[i], name) == 0)
			return paths->v[i];
	return NULL;
}

char *kmod_dep_text(const struct kmod *k, const struct strv *names, const struct strv *paths)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < names->n; i++) {
		const struct kmod_module *m = kmod_find(k, names->v[i]);

		fprintf(out, "%s:", paths->v[i]);
		for (size_t j = 0; m && j < m->needs.n; j++) {
			const char *need = path_of(names, paths, m->needs.v[j]);

			if (need)
				fprintf(out, " %s", need);
		}
		fputc('\n', out);
	}
	if (fclose(out) != 0)
		abort();
	return text;
}

static bool line_is_of(const char *line, size_t len, const struct strv *names)
{
	const char *end = line + len, *p = line;

	/* "alias PATTERN NAME": the module stands last; "softdep NAME …": second */
	if (strncmp(line, "softdep ", 8) == 0) {
		p = line + 8;
		end = p + strcspn(p, " \n");
	} else {
		while (end > line && end[-1] != ' ')
			end--;
		p = end;
		end = line + len;
	}
	for (size_t i = 0; i < names->n; i++)
		if (strlen(names->v[i]) == (size_t)(end - p) &&
		    strncmp(names->v[i], p, (size_t)(end - p)) == 0)
			return true;
	return false;
}

char *kmod_filter(const char *text, const struct strv *names)
{
	char *kept = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&kept, &size);

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (*text != '#' && line_is_of(text, len, names))
			fprintf(out, "%.*s\n", (int)len, text);
		text += len + (text[len] == '\n');
	}
	if (fclose(out) != 0)
		abort();
	return kept;
}
