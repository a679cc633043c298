// SPDX-License-Identifier: GPL-2.0-or-later
/* Menus of boot loaders, read from their text. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/boot_menu.h"

enum { MENU_DEPTH = 8 };

void boot_menu_clear(struct boot_menu *m)
{
	for (size_t i = 0; i < m->n_entries; i++) {
		free(m->entries[i].index);
		free(m->entries[i].title);
		free(m->entries[i].image);
	}
	free(m->entries);
	free(m->chosen);
	*m = (struct boot_menu)BOOT_MENU_INIT;
}

/* One line, without blanks in front; false at the end of the text. */
struct line {
	const char *next, *start;
	size_t len;
};

static bool next_line(struct line *l)
{
	if (!*l->next)
		return false;
	l->start = l->next + strspn(l->next, " \t");
	l->len = strcspn(l->start, "\r\n");
	l->next = l->start + strcspn(l->start, "\n");
	l->next += *l->next == '\n';
	return true;
}

/* Is it the first word? Then what stands behind it. */
static const char *after_word(const struct line *l, const char *word)
{
	size_t len = strlen(word);

	if (l->len <= len || strncasecmp(l->start, word, len) != 0 || !strchr(" \t=", l->start[len]))
		return NULL;
	return l->start + len + strspn(l->start + len, " \t=");
}

static char *rest(const struct line *l, const char *from)
{
	size_t len = (size_t)(l->start + l->len - from);

	while (len && strchr(" \t", from[len - 1]))
		len--;
	return xstrndup(from, len);
}

static char *first_word(const struct line *l, const char *from)
{
	size_t len = strcspn(from, " \t\r\n");

	return xstrndup(from, MIN(len, (size_t)(l->start + l->len - from)));
}

static struct boot_entry *add_entry(struct boot_menu *m, char *index, char *title)
{
	struct boot_entry *e;

	if (m->n_entries >= BOOT_MENU_MAX) {
		free(index);
		free(title);
		return NULL;
	}
	e = APPEND(m->entries, m->n_entries);
	*e = (struct boot_entry){ .index = index, .title = title };
	return e;
}

/* 'Debian GNU/Linux' or "…" or a bare word */
static char *quoted(const struct line *l, const char *from)
{
	if (*from == '\'' || *from == '"')
		return xstrndup(from + 1, strcspn(from + 1, *from == '"' ? "\"\r\n" : "'\r\n"));
	return first_word(l, from);
}

struct grub2 {
	unsigned int count[MENU_DEPTH + 1];	/* entries so far at each depth of submenus */
	bool submenu[64];			/* of the open braces                       */
	size_t braces, depth;
};

static char *index_path(const struct grub2 *g)
{
	char *path = xasprintf("%u", g->count[0]);

	for (size_t i = 1; i <= g->depth; i++) {
		char *longer = xasprintf("%s>%u", path, g->count[i]);

		free(path);
		path = longer;
	}
	return path;
}

static void open_brace(struct grub2 *g, bool submenu)
{
	if (g->braces == ARRAY_SIZE(g->submenu))
		return;
	g->submenu[g->braces++] = submenu;
	if (submenu && g->depth < MENU_DEPTH)
		g->count[++g->depth] = 0;
}

static void close_brace(struct grub2 *g)
{
	if (!g->braces || !g->submenu[--g->braces] || !g->depth)
		return;
	g->depth--;
	g->count[g->depth]++;
}

static const char *kernel_line(const struct line *l)
{
	static const char *const words[] = { "linux", "linux16", "linuxefi", "kernel" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *value = after_word(l, words[i]);

		if (value)
			return value;
	}
	return NULL;
}

static void parse_grub2(struct boot_menu *m, const char *text)
{
	struct line l = { .next = text };
	struct grub2 g = { .depth = 0 };
	struct boot_entry *open = NULL;

	while (next_line(&l)) {
		const char *value;

		if ((value = after_word(&l, "menuentry"))) {
			open = add_entry(m, index_path(&g), quoted(&l, value));
			g.count[g.depth]++;
			open_brace(&g, false);
		} else if ((value = after_word(&l, "submenu"))) {
			open_brace(&g, true);
		} else if (l.len && l.start[l.len - 1] == '{') {
			open_brace(&g, false);
		} else if (l.len && l.start[0] == '}') {
			close_brace(&g);
		} else if (open && !open->image && (value = kernel_line(&l))) {
			open->image = first_word(&l, value);
		} else if ((value = after_word(&l, "set default")) &&
			   !memchr(l.start, '$', l.len)) {
			free(m->chosen);
			m->chosen = quoted(&l, value);
		}
	}
}

static void parse_legacy(struct boot_menu *m, const char *text)
{
	struct line l = { .next = text };
	struct boot_entry *open = NULL;
	unsigned int n = 0;

	while (next_line(&l)) {
		const char *value;

		if ((value = after_word(&l, "title")))
			open = add_entry(m, xasprintf("%u", n++), rest(&l, value));
		else if (open && !open->image && (value = after_word(&l, "kernel")))
			open->image = first_word(&l, value);
		else if (!m->chosen && (value = after_word(&l, "default")))
			m->chosen = first_word(&l, value);
	}
}

static void parse_extlinux(struct boot_menu *m, const char *text)
{
	struct line l = { .next = text };
	struct boot_entry *open = NULL;

	while (next_line(&l)) {
		const char *value;

		if ((value = after_word(&l, "label")))
			open = add_entry(m, rest(&l, value), rest(&l, value));
		else if (open && !open->image && (value = kernel_line(&l)))
			open->image = first_word(&l, value);
		else if (!m->chosen && (value = after_word(&l, "default")))
			m->chosen = first_word(&l, value);
	}
}

void boot_menu_parse(struct boot_menu *ret, const char *loader, const char *text)
{
	*ret = (struct boot_menu)BOOT_MENU_INIT;
	if (strcmp(loader, "grub2") == 0)
		parse_grub2(ret, text);
	else if (strcmp(loader, "grub-legacy") == 0)
		parse_legacy(ret, text);
	else if (strcmp(loader, "extlinux") == 0)
		parse_extlinux(ret, text);
}

/* "1" of GRUB 2 may be a submenu: then its first entry. */
static bool is_chosen(const struct boot_entry *e, const char *chosen)
{
	size_t len = strlen(chosen);

	return strcmp(e->index, chosen) == 0 || strcmp(e->title, chosen) == 0 ||
	       (strncmp(e->index, chosen, len) == 0 && strcmp(e->index + len, ">0") == 0);
}

const struct boot_entry *boot_menu_default(const struct boot_menu *m)
{
	const char *chosen = m->chosen ? m->chosen : "0";

	for (size_t i = 0; i < m->n_entries; i++)
		if (is_chosen(&m->entries[i], chosen))
			return &m->entries[i];
	return NULL;
}

const struct boot_entry *boot_menu_find(const struct boot_menu *m, const char *image)
{
	for (size_t i = 0; i < m->n_entries; i++) {
		const char *path = m->entries[i].image;
		const char *slash = path ? strrchr(path, '/') : NULL;

		if (path && strcmp(slash ? slash + 1 : path, image) == 0)
			return &m->entries[i];
	}
	return NULL;
}

/* The line as it is to be, or NULL if it stays. */
static char *new_default(const char *loader, const struct line *l, const struct boot_entry *entry)
{
	const char *value;

	if (strcmp(loader, "grub2") == 0) {
		value = after_word(l, "set default");
		if (value && !memmem(value, l->len - (size_t)(value - l->start), "next_entry", 10))
			return xasprintf("set default=\"%s\"", entry->index);
	} else if (after_word(l, "default")) {
		return xasprintf("default %s", entry->index);
	}
	return NULL;
}

char *boot_menu_choose(const char *loader, const char *text, const struct boot_entry *entry)
{
	struct line l = { .next = text };
	const char *done = text;
	char *result = NULL;
	size_t size = 0;
	bool found = false;
	FILE *out = open_memstream(&result, &size);

	while (next_line(&l)) {
		char *line = new_default(loader, &l, entry);

		if (!line)
			continue;
		fprintf(out, "%.*s%s", (int)(l.start - done), done, line);
		done = l.start + l.len;
		found = true;
		free(line);
	}
	fputs(done, out);
	if (fclose(out) != 0)
		abort();
	if (!found)
		free(STEAL(result));
	return result;
}
