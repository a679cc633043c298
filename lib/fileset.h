/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_FILESET_H
#define REHOST_FILESET_H

/* Named files in memory: what a target generates, before anything is written anywhere. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/base/error.h"

struct fileset_file {
	char *path;		/* relative, '/' between folders, no '..' */
	char *data;
	size_t len;		/* [bytes] */
	bool executable;
};

struct fileset {
	struct fileset_file *files;	/* sorted by path once written */
	size_t n_files;
};

#define FILESET_INIT { NULL, 0 }

/** fileset_add - take @data over (it is freed with the set) under @path */
void fileset_add(struct fileset *fs, const char *path, char *data, size_t len, bool executable);

/** fileset_find - the file under @path, or NULL */
const struct fileset_file *fileset_find(const struct fileset *fs, const char *path);

/** fileset_sort - by path; emit() calls need not care for order */
void fileset_sort(struct fileset *fs);

/** fileset_write - write all files below folder @dir, which exists */
int fileset_write(struct fileset *fs, const char *dir, struct error *err);

void fileset_clear(struct fileset *fs);

#define CLEANUP_FILESET __attribute__((cleanup(fileset_clear)))

#endif
