/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_HIVE_PRIVATE_H
#define REHOST_HIVE_PRIVATE_H

/* What lib/hive.c, lib/hive_check.c and lib/hive_edit.c share. */

#include <hivex.h>

#include "lib/hive.h"

/* What was asked for, to be compared with what is in the finished hive. */
struct hive_edit {
	char *key, *value;	/* value NULL: the key itself */
	bool gone;		/* it must not be there       */
	enum reg_type type;
	char *data;
	size_t len;
	char *before;		/* in words; NULL: it was not there, or it is a key */
};

enum { HIVE_BASE_BLOCK = 4096 };

/**
 * hive_check - can every key and value be read and given up?
 *
 * hivex takes for granted what Windows writes: lists that lead nowhere or in a circle, and cells that
 * belong to two, are found out by a loop without end or by its abort().
 */
int hive_check(hive_h *h, const void *data, size_t len, struct error *err);

/** hive_node - the node of a key, or 0 */
hive_node_h hive_node(const struct hive *h, const char *key);

/** hive_value - the value of a node, or 0 */
hive_value_h hive_value(const struct hive *h, hive_node_h node, const char *value);

void hive_edit_clear(struct hive_edit *e);

/** hive_words_of - a value in words: the text, the number, how many bytes; the caller frees it */
char *hive_words_of(enum reg_type type, const char *data, size_t len);

#endif
