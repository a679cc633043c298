// SPDX-License-Identifier: GPL-2.0-or-later
/* The binary indexes of modprobe: a trie of keys, written leaves first, numbers big-endian. */
#include "config.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/initramfs.h"
#include "lib/kmod.h"

#define INDEX_MAGIC UINT32_C(0xb007f457)
#define INDEX_VERSION UINT32_C(0x00020001)
#define NODE_PREFIX UINT32_C(0x80000000)
#define NODE_VALUES UINT32_C(0x40000000)
#define NODE_CHILDREN UINT32_C(0x20000000)

struct entry {
	char *key, *value;
	uint32_t priority;	/* lower comes first: the line in the text file */
};

struct entries {
	struct entry *e;
	size_t n;
};

static void clear_entries(struct entries *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->e[i].key);
		free(list->e[i].value);
	}
	free(list->e);
}

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	return order ? order : (x->priority > y->priority) - (x->priority < y->priority);
}

static bool usable_key(const char *key)
{
	for (const char *p = key; *p; p++)
		if (*p & 0x80)
			return false;
	return *key != '\0';
}

static void add(struct entries *list, char *key, char *value)
{
	struct entry *e;

	if (!key || !usable_key(key)) {
		free(key);
		free(value);
		return;
	}
	e = APPEND(list->e, list->n);
	*e = (struct entry){ key, value, (uint32_t)list->n };
}

/* modprobe looks aliases up with '_' for '-', but not inside of [a-f]. */
static char *normal_alias(char *alias)
{
	bool inside = false;

	for (char *p = alias; *p; p++) {
		if (*p == '[' || *p == ']')
			inside = *p == '[';
		else if (*p == '-' && !inside)
			*p = '_';
	}
	return alias;
}

static void parse_alias(struct entries *list, const char *line, size_t len)
{
	CLEANUP_FREE char *text = xstrndup(line, len);
	struct strv words CLEANUP_STRV = STRV_INIT;

	strv_split(&words, text, " ");
	if (words.n == 3 && strcmp(words.v[0], "alias") == 0)
		add(list, normal_alias(xstrdup(words.v[1])), xstrdup(words.v[2]));
}

static void parse_dep(struct entries *list, const char *line, size_t len)
{
	CLEANUP_FREE char *path = xstrndup(line, strcspn(line, ":\n"));

	add(list, initramfs_module_name(path), xstrndup(line, len));
}

static void put_u32(FILE *out, uint32_t n)
{
	n = htobe32(n);
	fwrite(&n, sizeof(n), 1, out);
}

/* How many characters from @depth on all keys of the sorted range have in common. */
static size_t common(const struct entry *e, size_t n, size_t depth)
{
	size_t len = 0;

	while (e[0].key[depth + len] && e[0].key[depth + len] == e[n - 1].key[depth + len])
		len++;
	return len;
}

static uint32_t put_node(FILE *out, const struct entry *e, size_t n, size_t depth);

/* The children of a range of keys that go on at @depth; returns first and last character. */
static void put_children(FILE *out, const struct entry *e, size_t n, size_t depth,
			 uint32_t offset[128], unsigned char *first, unsigned char *last)
{
	*first = (unsigned char)e[0].key[depth];
	*last = (unsigned char)e[n - 1].key[depth];
	for (size_t i = 0, end; i < n; i = end) {
		unsigned char c = (unsigned char)e[i].key[depth];

		for (end = i + 1; end < n && (unsigned char)e[end].key[depth] == c;)
			end++;
		offset[c] = put_node(out, e + i, end - i, depth + 1);
	}
}

static uint32_t put_node(FILE *out, const struct entry *e, size_t n, size_t depth)
{
	size_t prefix = common(e, n, depth), n_values = 0;
	const char *text = e[0].key + depth;
	uint32_t offset[128] = { 0 }, at;
	unsigned char first = 0, last = 0;

	depth += prefix;
	while (n_values < n && !e[n_values].key[depth])
		n_values++;
	if (n_values < n)
		put_children(out, e + n_values, n - n_values, depth, offset, &first, &last);
	at = (uint32_t)ftell(out);
	if (prefix) {
		fprintf(out, "%.*s%c", (int)prefix, text, 0);
		at |= NODE_PREFIX;
	}
	if (n_values < n) {
		fputc(first, out);
		fputc(last, out);
		for (unsigned int c = first; c <= last; c++)
			put_u32(out, offset[c]);
		at |= NODE_CHILDREN;
	}
	if (n_values) {
		put_u32(out, (uint32_t)n_values);
		for (size_t i = 0; i < n_values; i++) {
			put_u32(out, e[i].priority);
			fprintf(out, "%s%c", e[i].value, 0);
		}
		at |= NODE_VALUES;
	}
	return at;
}

char *kmod_index(enum kmod_index kind, const char *text, size_t *ret_len)
{
	struct entries list __attribute__((cleanup(clear_entries))) = { NULL, 0 };
	char *bytes = NULL;
	uint32_t root;
	FILE *out;

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		(kind == KMOD_INDEX_DEP ? parse_dep : parse_alias)(&list, text,
								   strcspn(text, "\n"));
	if (list.n)
		qsort(list.e, list.n, sizeof(*list.e), compare);
	out = open_memstream(&bytes, ret_len);
	put_u32(out, INDEX_MAGIC);
	put_u32(out, INDEX_VERSION);
	put_u32(out, 0);
	root = list.n ? put_node(out, list.e, list.n, 0) : 12;
	if (fclose(out) != 0)
		abort();
	root = htobe32(root);
	memcpy(bytes + 8, &root, sizeof(root));
	return bytes;
}
