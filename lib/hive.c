// SPDX-License-Identifier: GPL-2.0-or-later
/* Registry hives for reading: opened from memory, walked once, and asked by path. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/hive_private.h"
#include "lib/utf16.h"

int hive_state(const void *data, size_t len, bool *ret_dirty, struct error *err)
{
	const char *p = data;

	if (len < 2 * (size_t)HIVE_BASE_BLOCK || memcmp(p, "regf", 4) != 0)
		return error_set(err, ERR_FORMAT, "it is no registry hive");
	if (len > HIVE_MAX)
		return error_set(err, ERR_FORMAT, "it is larger than %d MiB", HIVE_MAX >> 20);
	if (get_le32(p + 40) > len - HIVE_BASE_BLOCK)
		return error_set(err, ERR_FORMAT, "it is cut off: %u bytes of %zu are there",
				 (unsigned int)(len - HIVE_BASE_BLOCK), (size_t)get_le32(p + 40));
	*ret_dirty = get_le32(p + 4) != get_le32(p + 8);
	return 0;
}

/* hivex wants a file name: the file is in memory, and nobody else sees it. */
static hive_h *open_memory(const void *data, size_t len, int flags)
{
	CLEANUP_CLOSE int fd = memfd_create("hive", MFD_CLOEXEC);
	CLEANUP_FREE char *path = NULL;
	const char *p = data;

	if (fd < 0)
		return NULL;
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0)
			return NULL;
		p += n;
		len -= (size_t)n;
	}
	path = xasprintf("/proc/self/fd/%d", fd);
	return hivex_open(path, flags);
}

int hive_open(struct hive *ret, const char *name, const void *data, size_t len,
	      enum hive_mode mode, struct error *err)
{
	bool dirty;
	hive_h *h;

	if (hive_state(data, len, &dirty, err) < 0)
		return error_wrap(err, "read hive %s", name);
	if (dirty && mode == HIVE_WRITE) {
		error_set(err, ERR_REFUSED, "hive %s was not written out: its last changes are in its log "
			  "only", name);
		return error_hint(err, "start the old PC once more, shut it down properly and capture it "
				  "again");
	}
	h = open_memory(data, len, mode == HIVE_WRITE ? HIVEX_OPEN_WRITE : 0);
	if (!h)
		return error_set(err, ERR_FORMAT, "read hive %s: it is damaged: %s", name,
				 strerror(errno));
	if (hive_check(h, data, len, err) < 0) {
		hivex_close(h);
		return error_wrap(err, "read hive %s", name);
	}
	*ret = (struct hive){ .h = h, .name = xstrdup(name) };
	return 0;
}

void hive_edit_clear(struct hive_edit *e)
{
	free(e->key);
	free(e->value);
	free(e->data);
	free(e->before);
}

void hive_close(struct hive *h)
{
	if (h->h)
		hivex_close(h->h);
	for (size_t i = 0; i < h->n_edits; i++)
		hive_edit_clear(&h->edits[i]);
	free(h->edits);
	free(h->name);
	*h = (struct hive)HIVE_INIT;
}

hive_node_h hive_node(const struct hive *h, const char *key)
{
	struct strv steps CLEANUP_STRV = STRV_INIT;
	hive_node_h node = h->h ? hivex_root(h->h) : 0;

	strv_split(&steps, key, "\\");
	for (size_t i = 0; i < steps.n && node; i++)
		node = hivex_node_get_child(h->h, node, steps.v[i]);
	return node;
}

/* The one value for which hivex uses the empty name is the default value. */
hive_value_h hive_value(const struct hive *h, hive_node_h node, const char *value)
{
	return node ? hivex_node_get_value(h->h, node, value) : 0;
}

bool hive_has(const struct hive *h, const char *key)
{
	return hive_node(h, key) != 0;
}

void hive_keys(const struct hive *h, const char *key, struct strv *ret)
{
	hive_node_h node = hive_node(h, key);
	hive_node_h *children CLEANUP_FREE = node ? hivex_node_children(h->h, node) : NULL;

	for (size_t i = 0; children && children[i] && ret->n < HIVE_MAX_KEYS / 4; i++) {
		char *name = hivex_node_name(h->h, children[i]);

		if (name)
			strv_take(ret, name);
	}
	strv_sort(ret);
}

void hive_values(const struct hive *h, const char *key, struct strv *ret)
{
	hive_node_h node = hive_node(h, key);
	hive_value_h *values CLEANUP_FREE = node ? hivex_node_values(h->h, node) : NULL;

	for (size_t i = 0; values && values[i] && ret->n < HIVE_MAX_KEYS / 4; i++) {
		char *name = hivex_value_key(h->h, values[i]);

		if (name)
			strv_take(ret, name);
	}
	strv_sort(ret);
}

char *hive_data(const struct hive *h, const char *key, const char *value, enum reg_type *ret_type,
		size_t *ret_len)
{
	hive_value_h v = hive_value(h, hive_node(h, key), value);
	CLEANUP_FREE char *data = NULL;
	hive_type type;
	size_t len = 0;
	char *copy;

	if (!v || hivex_value_type(h->h, v, &type, &len) < 0 || len > HIVE_MAX_VALUE)
		return NULL;
	data = hivex_value_value(h->h, v, &type, &len);
	if (!data)
		return NULL;
	copy = xmalloc(len + 2);
	memcpy(copy, data, len);
	memset(copy + len, 0, 2);
	*ret_type = (enum reg_type)type;
	*ret_len = len;
	return copy;
}

char *hive_text(const struct hive *h, const char *key, const char *value)
{
	enum reg_type type;
	size_t len;
	CLEANUP_FREE char *data = hive_data(h, key, value, &type, &len);

	if (!data || (type != REG_SZ && type != REG_EXPAND_SZ))
		return NULL;
	return utf16_to_utf8(data, len);
}

void hive_list(const struct hive *h, const char *key, const char *value, struct strv *ret)
{
	enum reg_type type;
	size_t len, start = 0;
	CLEANUP_FREE char *data = hive_data(h, key, value, &type, &len);

	if (!data || (type != REG_SZ && type != REG_EXPAND_SZ && type != REG_MULTI_SZ))
		return;
	for (size_t at = 0; at + 2 <= len + 2; at += 2) {
		bool end = at + 2 > len;

		if (!end && (data[at] || data[at + 1]))
			continue;
		if (at > start)
			strv_take(ret, utf16_to_utf8(data + start, at - start));
		start = at + 2;
	}
}

uint32_t hive_number(const struct hive *h, const char *key, const char *value, uint32_t otherwise)
{
	enum reg_type type;
	size_t len;
	CLEANUP_FREE char *data = hive_data(h, key, value, &type, &len);

	if (!data || !((type == REG_DWORD && len >= 4) || (type == REG_QWORD && len >= 8)))
		return otherwise;
	if (type == REG_QWORD && get_le32(data + 4))
		return otherwise;
	return get_le32(data);
}
