// SPDX-License-Identifier: GPL-2.0-or-later
/* Registry hives for writing: every edit is noted, and found again in the bytes that come out. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/hive_private.h"
#include "lib/utf16.h"

static int fail(const struct hive *h, const char *key, struct error *err)
{
	if (errno == EFAULT)
		return error_set(err, ERR_FORMAT,
				 "hive %s: no key can be made in '%s': its security cell is missing",
				 h->name, key);
	return error_set(err, ERR_FORMAT, "hive %s: edit '%s': %s", h->name, key, strerror(errno));
}

/* The later of two edits of the same thing counts, and what was there before the first. */
static void note(struct hive *h, const char *key, const char *value, bool gone, enum reg_type type,
		 const void *data, size_t len, const char *before)
{
	CLEANUP_FREE char *first = before ? xstrdup(before) : NULL;
	struct hive_edit *e = NULL;

	for (size_t i = 0; i < h->n_edits && !e; i++) {
		struct hive_edit *old = &h->edits[i];

		if (strcasecmp(old->key, key) == 0 && !old->value == !value &&
		    (!value || strcasecmp(old->value, value) == 0))
			e = old;
	}
	if (e) {
		free(first);
		first = STEAL(e->before);
		hive_edit_clear(e);
	} else {
		e = APPEND(h->edits, h->n_edits);
	}
	*e = (struct hive_edit){
		.key = xstrdup(key), .value = value ? xstrdup(value) : NULL, .gone = gone,
		.type = type, .data = xmemdup(data ? data : "", len), .len = len, .before = STEAL(first),
	};
}

static char *words_now(const struct hive *h, const char *key, const char *value)
{
	enum reg_type type;
	size_t len;
	CLEANUP_FREE char *data = hive_data(h, key, value, &type, &len);

	return data ? hive_words_of(type, data, len) : NULL;
}

static hive_node_h make(struct hive *h, const char *key, struct error *err)
{
	struct strv steps CLEANUP_STRV = STRV_INIT;
	hive_node_h node = hivex_root(h->h);

	strv_split(&steps, key, "\\");
	if (steps.n > HIVE_MAX_DEPTH) {
		error_set(err, ERR_FORMAT, "hive %s: '%s' is too deep", h->name, key);
		return 0;
	}
	for (size_t i = 0; i < steps.n; i++) {
		hive_node_h child = hivex_node_get_child(h->h, node, steps.v[i]);

		if (!child)
			child = hivex_node_add_child(h->h, node, steps.v[i]);
		if (!child) {
			fail(h, key, err);
			return 0;
		}
		node = child;
	}
	return node;
}

int hive_make(struct hive *h, const char *key, struct error *err)
{
	if (hive_has(h, key))
		return 0;
	if (!make(h, key, err))
		return -1;
	note(h, key, NULL, false, REG_NONE, NULL, 0, NULL);
	return 0;
}

/* hivex writes all values of a key anew, each in one piece: a large one must be in pieces. */
static int check_others(const struct hive *h, hive_node_h node, const char *key, struct error *err)
{
	hive_value_h *values CLEANUP_FREE = hivex_node_values(h->h, node);

	for (size_t i = 0; values && values[i]; i++) {
		hive_type type;
		size_t len = 0;

		if (hivex_value_type(h->h, values[i], &type, &len) < 0 || len > HIVE_MAX_PLAIN)
			return error_set(err, ERR_UNSUPPORTED,
					 "hive %s: '%s' has a value that cannot be written again",
					 h->name, key);
	}
	return 0;
}

static bool same(const struct hive *h, const char *key, const char *value, enum reg_type type,
		 const void *data, size_t len)
{
	enum reg_type old_type;
	size_t old_len;
	CLEANUP_FREE char *old = hive_data(h, key, value, &old_type, &old_len);

	return old && old_type == type && old_len == len && memcmp(old, data, len) == 0;
}

int hive_set(struct hive *h, const char *key, const char *value, enum reg_type type,
	     const void *data, size_t len, struct error *err)
{
	CLEANUP_FREE char *copy = xmemdup(data, len), *name = NULL;
	CLEANUP_FREE char *before = words_now(h, key, value);
	hive_node_h node;
	hive_value_h old;
	hive_set_value set;

	if (len > HIVE_MAX_PLAIN)
		return error_set(err, ERR_UNSUPPORTED, "hive %s: the value '%s' is too long", h->name,
				 value);
	if (same(h, key, value, type, data, len))
		return 0;
	node = make(h, key, err);
	if (!node || check_others(h, node, key, err) < 0)
		return -1;
	old = hive_value(h, node, value);
	name = old ? hivex_value_key(h->h, old) : NULL;
	if (!name)
		name = xstrdup(value);
	set = (hive_set_value){ .key = name, .t = (hive_type)type, .len = len, .value = copy };
	if (hivex_node_set_value(h->h, node, &set, 0) < 0)
		return fail(h, key, err);
	note(h, key, value, false, type, data, len, before);
	return 0;
}

int hive_set_text(struct hive *h, const char *key, const char *value, enum reg_type type,
		  const char *text, struct error *err)
{
	size_t len;
	CLEANUP_FREE char *data = utf16_from_utf8(text, &len);

	return hive_set(h, key, value, type, data, len + 2, err);
}

int hive_set_number(struct hive *h, const char *key, const char *value, uint32_t number,
		    struct error *err)
{
	uint32_t data = htole32(number);

	return hive_set(h, key, value, REG_DWORD, &data, sizeof(data), err);
}

int hive_set_list(struct hive *h, const char *key, const char *value, const struct strv *list,
		  struct error *err)
{
	CLEANUP_FREE char *all = NULL;
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		size_t len;
		CLEANUP_FREE char *data = utf16_from_utf8(list->v[i], &len);

		all = xreallocarray(all, n + len + 2, 1);
		memcpy(all + n, data, len + 2);
		n += len + 2;
	}
	all = xreallocarray(all, n + 2, 1);
	memset(all + n, 0, 2);
	return hive_set(h, key, value, REG_MULTI_SZ, all, n + 2, err);
}

struct values {
	hive_set_value *v;
	size_t n;
};

static void clear_values(struct values *values)
{
	for (size_t i = 0; i < values->n; i++) {
		free(values->v[i].key);
		free(values->v[i].value);
	}
	free(values->v);
}

/* There is no call for removing one value: the others are given anew. */
int hive_drop_value(struct hive *h, const char *key, const char *value, struct error *err)
{
	struct values keep __attribute__((cleanup(clear_values))) = { NULL, 0 };
	CLEANUP_FREE char *before = words_now(h, key, value);
	hive_node_h node = hive_node(h, key);
	hive_value_h drop = hive_value(h, node, value);
	hive_value_h *all CLEANUP_FREE = drop ? hivex_node_values(h->h, node) : NULL;

	if (!drop)
		return 0;
	if (check_others(h, node, key, err) < 0)
		return -1;
	for (size_t i = 0; all && all[i]; i++) {
		hive_set_value set = { .key = NULL };

		if (all[i] == drop)
			continue;
		set.key = hivex_value_key(h->h, all[i]);
		set.value = hivex_value_value(h->h, all[i], &set.t, &set.len);
		*APPEND(keep.v, keep.n) = set;
		if (!set.key || !set.value)
			return fail(h, key, err);
	}
	if (hivex_node_set_values(h->h, node, keep.n, keep.v, 0) < 0)
		return fail(h, key, err);
	note(h, key, value, true, REG_NONE, NULL, 0, before);
	return 0;
}

int hive_drop_key(struct hive *h, const char *key, struct error *err)
{
	hive_node_h node = hive_node(h, key);
	size_t len = strlen(key), kept = 0;

	if (!node || node == hivex_root(h->h))
		return 0;
	if (hivex_node_delete_child(h->h, node) < 0)
		return fail(h, key, err);
	for (size_t i = 0; i < h->n_edits; i++) {
		struct hive_edit *e = &h->edits[i];

		if (strncasecmp(e->key, key, len) == 0 && (!e->key[len] || e->key[len] == '\\'))
			hive_edit_clear(e);
		else
			h->edits[kept++] = *e;
	}
	h->n_edits = kept;
	note(h, key, NULL, true, REG_NONE, NULL, 0, "");
	return 0;
}

bool hive_changed(const struct hive *h)
{
	return h->n_edits > 0;
}

static int read_back(const struct hive *h, const struct hive *out, struct error *err)
{
	for (size_t i = 0; i < h->n_edits; i++) {
		const struct hive_edit *e = &h->edits[i];
		bool there = e->value ? hive_value(out, hive_node(out, e->key), e->value) != 0
				      : hive_has(out, e->key);

		if (there == e->gone || (e->value && !e->gone &&
					 !same(out, e->key, e->value, e->type, e->data, e->len)))
			return error_set(err, ERR_INTEGRITY,
					 "hive %s: the edit of '%s' is not in what was written",
					 h->name, e->key);
	}
	return 0;
}

static int take_bytes(const struct hive *h, char **ret, size_t *ret_len, struct error *err)
{
	CLEANUP_CLOSE int fd = memfd_create("hive", MFD_CLOEXEC);
	CLEANUP_FREE char *path = xasprintf("/proc/self/fd/%d", fd), *data = NULL;
	struct stat st;
	size_t got = 0;

	if (fd < 0 || hivex_commit(h->h, path, 0) < 0 || fstat(fd, &st) < 0)
		return error_sys(err, errno, "write hive %s", h->name);
	data = xmalloc((size_t)st.st_size + 1);
	while (got < (size_t)st.st_size) {
		ssize_t n = pread(fd, data + got, (size_t)st.st_size - got, (off_t)got);

		if (n <= 0)
			return error_sys(err, errno, "write hive %s", h->name);
		got += (size_t)n;
	}
	*ret = STEAL(data);
	*ret_len = got;
	return 0;
}

int hive_finish(struct hive *h, char **ret, size_t *ret_len, struct error *err)
{
	struct hive out CLEANUP_HIVE = HIVE_INIT;
	CLEANUP_FREE char *data = NULL;
	size_t len = 0;

	if (take_bytes(h, &data, &len, err) < 0 ||
	    hive_open(&out, h->name, data, len, HIVE_READ, err) < 0 || read_back(h, &out, err) < 0)
		return -1;
	*ret = STEAL(data);
	*ret_len = len;
	return 0;
}
