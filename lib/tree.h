/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TREE_H
#define REHOST_TREE_H

/*
 * A part of a guest's files, in memory: what an inspection reads and what a converter changes.
 *
 * It is filled from tar archives that the appliance makes, edited with tree_put() and its friends,
 * and only then are the changed nodes written back. Symbolic links are resolved here, as the guest
 * would resolve them: a link can lead to another node of the tree, never to a file of this machine.
 *
 *	struct tree t CLEANUP_TREE = TREE_INIT;
 *
 *	if (tree_add_tar(&t, "/etc", file, err) < 0)
 *		return -1;
 *	text = tree_text(&t, "/etc/fstab");
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

enum {
	TREE_MAX_NODES = 200000,
	TREE_MAX_FILE = 8 << 20,	/* larger files are there without their contents  [bytes] */
	TREE_MAX_TOTAL = 256 << 20,	/* of all contents                                [bytes] */
	TREE_MAX_LINKS = 40,		/* symbolic links followed in one lookup                  */
};

enum tree_kind { TREE_FILE, TREE_DIR, TREE_LINK, TREE_OTHER };

enum tree_change { TREE_SAME, TREE_CHANGED, TREE_ADDED, TREE_RENAMED };

struct tree_node {
	char *path;		/* absolute, without links in it, "." or ".."             */
	enum tree_kind kind;
	uint32_t mode;		/* permission bits                                        */
	uint64_t size;		/* [bytes]                                                */
	char *data;		/* contents with a 0 byte behind them; NULL: not kept      */
	char *target;		/* TREE_LINK: where it points to                          */
	enum tree_change change;
	char *before;		/* TREE_CHANGED: the contents that were there             */
	uint64_t before_size;
	char *new_path;		/* TREE_RENAMED                                           */
	char *why;		/* of the change, or NULL                                 */
};

struct tree {
	struct tree_node *nodes;	/* sorted by path */
	size_t n_nodes;
	uint64_t total;			/* of contents [bytes] */
	bool sorted;
};

#define TREE_INIT { NULL, 0, 0, true }

/**
 * tree_add_tar - take the contents of a tar archive in
 * @t:      the tree
 * @prefix: absolute folder that the names in the archive are relative to
 * @file:   the archive
 * @err:    ERR_FORMAT if it is no archive or passes a limit
 *
 * Names with ".." are left out.
 */
int tree_add_tar(struct tree *t, const char *prefix, const char *file, struct error *err);

/** tree_add_folder - the same from a folder of this machine, for tests and recorded trees */
int tree_add_folder(struct tree *t, const char *prefix, const char *folder, struct error *err);

/** tree_note - record that @path exists, without contents; TREE_LINK when @target is not NULL */
void tree_note(struct tree *t, const char *path, enum tree_kind kind, const char *target);

/** tree_take - a file with contents; @data is taken over */
void tree_take(struct tree *t, const char *path, char *data, uint64_t size, uint32_t mode);

/** tree_resolve - @path without links, whether or not there is such a node; NULL: in circles */
char *tree_resolve(const struct tree *t, const char *path);

/**
 * tree_find - the node that the guest would reach by @path
 *
 * Return: the node, or NULL if there is none, or the links lead in circles or out of the tree.
 */
struct tree_node *tree_find(const struct tree *t, const char *path);

/** tree_has - does the guest have something of this name, as far as the tree knows? */
bool tree_has(const struct tree *t, const char *path);

/** tree_text - contents of a file, or NULL */
const char *tree_text(const struct tree *t, const char *path);

/**
 * tree_under - the nodes below a folder, deep
 * @i: 0 first, then what the last call left there
 *
 * Return: the next node, or NULL.
 */
struct tree_node *tree_under(const struct tree *t, const char *folder, size_t *i);

/**
 * tree_put - new contents for a file, or a new file
 * @t:    the tree
 * @path: the file; links are followed
 * @text: its new contents
 * @mode: permission bits if it is new
 * @why:  one phrase; put behind an earlier one of the same file
 *
 * The same contents are no change. Pointers to nodes are invalid after this.
 */
void tree_put(struct tree *t, const char *path, const char *text, uint32_t mode, const char *why);

/** tree_link - a new symbolic link; nothing if something of that name is there */
void tree_link(struct tree *t, const char *path, const char *target, const char *why);

/** tree_rename - give a node, also a link itself, another name in the same folder */
void tree_rename(struct tree *t, const char *path, const char *new_path, const char *why);

void tree_clear(struct tree *t);

#define CLEANUP_TREE __attribute__((cleanup(tree_clear)))

#endif
