/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_LVM_TEXT_H
#define REHOST_LVM_TEXT_H

/* The text in which LVM keeps its metadata: sections, numbers, strings and lists. */

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"

enum { LVM_TEXT_MAX = 4 << 20, LVM_DEPTH_MAX = 8, LVM_NODES_MAX = 1 << 18 };

struct lvm_node {
	char *name;
	struct strv values;		/* of "name = value" or "name = [ … ]" */
	struct lvm_node *children;	/* of "name { … }"                     */
	size_t n_children;
};

#define LVM_NODE_INIT { NULL, STRV_INIT, NULL, 0 }

/**
 * lvm_text_parse - read metadata
 * @ret:  a node without a name that holds everything; lvm_node_clear() frees it
 * @text: ends with a 0 byte
 * @err:  ERR_FORMAT
 */
int lvm_text_parse(struct lvm_node *ret, const char *text, struct error *err);

/** lvm_find_node - the child of that name, or NULL */
const struct lvm_node *lvm_find_node(const struct lvm_node *parent, const char *name);

/** lvm_get_number - a child that is one number; ERR_FORMAT if there is none in the range */
int lvm_get_number(const struct lvm_node *parent, const char *name, uint64_t min, uint64_t max,
		   uint64_t *ret, struct error *err);

/** lvm_get_string - a child that is one string, "" if there is none */
const char *lvm_get_string(const struct lvm_node *parent, const char *name);

void lvm_node_clear(struct lvm_node *n);

#define CLEANUP_LVM_NODE __attribute__((cleanup(lvm_node_clear)))

#endif
