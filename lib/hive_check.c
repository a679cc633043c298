// SPDX-License-Identifier: GPL-2.0-or-later
/* Registry hives: every key, value and cell looked at once, before hivex is trusted with them. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/hive_private.h"

/* Offsets in cells, behind their size; Maxim Suhanov, "Windows registry file format specification". */
enum {
	CELL = 4, NOTHING = -1,
	KEY_LISTS = 28, KEY_VALUES = 40, KEY_SECURITY = 44, KEY_CLASS = 48, KEY_SIZE = 76,
	SECURITY_NEXT = 4, SECURITY_LAST = 8, SECURITY_SIZE = 20,
};

struct walk {
	hive_h *h;
	const uint8_t *data;
	uint8_t *cells, *seen;	/* a bit for every 8 bytes: a cell in use begins, it belongs to something */
	size_t len, keys;
	hive_node_h *stack;
	size_t n_stack;
};

static bool has_bit(const uint8_t *bits, size_t at)
{
	return bits[at / 64] & 1 << at / 8 % 8;
}

static void set_bit(uint8_t *bits, size_t at)
{
	bits[at / 64] |= (uint8_t)(1 << at / 8 % 8);
}

/* Blocks of cells, one behind the other; a cell's size is negative while it is in use. */
static void note_cells(struct walk *w)
{
	enum { BLOCK_HEAD = 32, BLOCK_SIZE = 8 };
	size_t at = HIVE_BASE_BLOCK;

	while (w->len - at >= HIVE_BASE_BLOCK && memcmp(w->data + at, "hbin", 4) == 0) {
		size_t size = get_le32(w->data + at + BLOCK_SIZE), cell = at + BLOCK_HEAD, end;

		if (size < HIVE_BASE_BLOCK || size > w->len - at)
			return;
		for (end = at + size; cell + CELL <= end && cell % 8 == 0;) {
			int64_t cell_size = (int32_t)get_le32(w->data + cell);
			size_t n = (size_t)(cell_size < 0 ? -cell_size : cell_size);

			if (n < CELL || n > end - cell)
				break;
			if (cell_size < 0)
				set_bit(w->cells, cell);
			cell += n;
		}
		at = end;
	}
}

static bool is_cell(const struct walk *w, size_t at, size_t size)
{
	return at % 8 == 0 && at < w->len && has_bit(w->cells, at) &&
	       (size_t)-(int64_t)(int32_t)get_le32(w->data + at) >= CELL + size;
}

/* What belongs to two is given up twice when both go. */
static int claim(struct walk *w, size_t at, size_t size, const char *what, struct error *err)
{
	if (!is_cell(w, at, size))
		return error_set(err, ERR_FORMAT, "there is no %s at 0x%zx: it is damaged", what, at);
	if (has_bit(w->seen, at))
		return error_set(err, ERR_FORMAT, "the %s at 0x%zx is reached twice: it is damaged", what, at);
	set_bit(w->seen, at);
	return 0;
}

/* Where a field of a cell leads to; 0: nowhere */
static size_t field(const struct walk *w, size_t cell, size_t at)
{
	uint32_t to = get_le32(w->data + cell + CELL + at);

	return to == (uint32_t)NOTHING ? 0 : (size_t)to + HIVE_BASE_BLOCK;
}

static int claim_field(struct walk *w, size_t cell, size_t at, const char *what, struct error *err)
{
	size_t to = field(w, cell, at);

	return to ? claim(w, to, 0, what, err) : 0;
}

/* Keys share them, and each knows its neighbours. */
static int check_security(const struct walk *w, hive_node_h node, struct error *err)
{
	size_t cells[3] = { field(w, node, KEY_SECURITY) };

	if (!cells[0])
		return 0;
	for (size_t i = 0; i < 3; i++) {
		if (!is_cell(w, cells[i], SECURITY_SIZE) || memcmp(w->data + cells[i] + CELL, "sk", 2) != 0)
			return error_set(err, ERR_FORMAT, "who may use the key at 0x%zx is damaged", node);
		if (i == 0) {
			cells[1] = field(w, cells[0], SECURITY_NEXT);
			cells[2] = field(w, cells[0], SECURITY_LAST);
		}
	}
	return 0;
}

static int visit(struct walk *w, hive_node_h node, struct error *err)
{
	if (++w->keys > HIVE_MAX_KEYS)
		return error_set(err, ERR_FORMAT, "it has too many keys");
	if (claim(w, node, KEY_SIZE, "key", err) < 0)
		return -1;
	*APPEND(w->stack, w->n_stack) = node;
	return 0;
}

/* Values of several MiB are real ones; those that no hive can hold are not. */
static int check_value(struct walk *w, hive_node_h node, hive_value_h v, struct error *err)
{
	CLEANUP_FREE char *key = NULL, *value = NULL;
	size_t len = 0, cell_len, cell;
	hive_type type;

	if (claim(w, v, 0, "value", err) < 0)
		return -1;
	if (hivex_value_type(w->h, v, &type, &len) < 0 || len > w->len) {
		key = hivex_node_name(w->h, node);
		value = hivex_value_key(w->h, v);
		return error_set(err, ERR_FORMAT, "the value '%s' of key '%s' is said to have %zu bytes, "
				 "more than the hive", value ? value : "", key ? key : "", len);
	}
	cell = hivex_value_data_cell_offset(w->h, v, &cell_len);
	return cell ? claim(w, cell, 0, "contents of a value", err) : 0;
}

static int check_values(struct walk *w, hive_node_h node, struct error *err)
{
	hive_value_h *values CLEANUP_FREE = hivex_node_values(w->h, node);

	if (!values)
		return error_set(err, ERR_FORMAT, "the list of values of the key at 0x%zx is damaged", node);
	if (values[0] && claim_field(w, node, KEY_VALUES, "list of values", err) < 0)
		return -1;
	for (size_t i = 0; values[i]; i++)
		if (check_value(w, node, values[i], err) < 0)
			return -1;
	return 0;
}

static int check_key(struct walk *w, hive_node_h node, struct error *err)
{
	hive_node_h *children CLEANUP_FREE = hivex_node_children(w->h, node);

	if (!children)
		return error_set(err, ERR_FORMAT, "the list of keys at 0x%zx is damaged", node);
	if (children[0] && claim_field(w, node, KEY_LISTS, "list of keys", err) < 0)
		return -1;
	if (check_values(w, node, err) < 0 || check_security(w, node, err) < 0 ||
	    claim_field(w, node, KEY_CLASS, "class of a key", err) < 0)
		return -1;
	for (size_t i = 0; children[i]; i++)
		if (visit(w, children[i], err) < 0)
			return -1;
	return 0;
}

/* A damaged list of keys can lead in a circle, which no lookup should find out. */
static int walk_all(struct walk *w, struct error *err)
{
	note_cells(w);
	if (visit(w, hivex_root(w->h), err) < 0)
		return -1;
	while (w->n_stack)
		if (check_key(w, w->stack[--w->n_stack], err) < 0)
			return -1;
	return 0;
}

int hive_check(hive_h *h, const void *data, size_t len, struct error *err)
{
	struct walk w = { .h = h, .data = data, .cells = xcalloc(len / 64 + 1, 1),
			  .seen = xcalloc(len / 64 + 1, 1), .len = len };
	int rc = hivex_root(h) ? walk_all(&w, err) : error_set(err, ERR_FORMAT, "it has no root");

	free(w.cells);
	free(w.seen);
	free(w.stack);
	return rc;
}
