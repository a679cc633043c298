/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_FACTS_ARCHIVE_H
#define REHOST_FACTS_ARCHIVE_H

/* The half of lib/facts.h that reads an archive in memory; for lib/facts.c only. */

#include "lib/facts.h"

char *archive_entry_read(const struct facts *t, const char *path, size_t *ret_len);
int archive_entry_list(const struct facts *t, const char *path, struct strv *ret);
char *archive_entry_real(const struct facts *t, const char *path);

/* eth2 before eth10 */
void facts_sort_names(struct strv *names);

#endif
