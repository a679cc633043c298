/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_FACTS_ARCHIVE_H
#define REHOST_FACTS_ARCHIVE_H

/* The halves of lib/facts.h: an archive in memory, and paths without the kernel's help. Private. */

#include "lib/facts.h"

char *archive_entry_read(const struct facts *t, const char *path, size_t *ret_len);
int archive_entry_list(const struct facts *t, const char *path, struct strv *ret);
char *archive_entry_real(const struct facts *t, const char *path);

/**
 * facts_lookup_fn - what is at a path that has no links before its last component?
 * @ret_link: where a link leads; the caller frees it
 *
 * Return: 'f', 'd', 'l', or 0: nothing.
 */
typedef char facts_lookup_fn(const struct facts *t, const char *path, char **ret_link);

/** facts_resolve - path without links, "" for the root; NULL with ENOENT. It never leaves the root */
char *facts_resolve(const struct facts *t, const char *path, facts_lookup_fn *lookup);

/* eth2 before eth10 */
void facts_sort_names(struct strv *names);

#endif
