/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_HIVE_PRIVATE_H
#define REHOST_HIVE_PRIVATE_H

/* What lib/hive.c and lib/hive_edit.c share. */

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

/** hive_node - the node of a key, or 0 */
hive_node_h hive_node(const struct hive *h, const char *key);

/** hive_value - the value of a node, or 0 */
hive_value_h hive_value(const struct hive *h, hive_node_h node, const char *value);

void hive_edit_clear(struct hive_edit *e);

/** hive_words_of - a value in words: the text, the number, how many bytes; the caller frees it */
char *hive_words_of(enum reg_type type, const char *data, size_t len);

#endif
