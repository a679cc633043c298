/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_FACTS_H
#define REHOST_FACTS_H

/*
 * The files that describe a computer: its own /proc and /sys, a folder with a copy of them, or a tar
 * archive that 'rehost profile --collect' made. A copy comes from somewhere else and is not trusted:
 * no link leads out of it, every file is read up to a bound.
 *
 * Paths are given without a leading slash: "sys/class/net".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"

enum {
	FACTS_FILE_MAX = 4 << 20,	/* longer files are cut                  [bytes] */
	FACTS_ARCHIVE_MAX = 64 << 20,	/* contents of a larger archive are refused [bytes] */
	FACTS_ENTRIES_MAX = 1 << 18,	/* more files in an archive are refused  */
	FACTS_LIST_MAX = 1 << 15,	/* names in one folder beyond this are not looked at */
	FACTS_PATH_MAX = 4096,
};

struct facts_entry {
	char *path;		/* without leading or trailing slash       */
	char *data;		/* contents; target of a symbolic link     */
	size_t len;		/* [bytes]                                 */
	char kind;		/* 'f' file, 'd' folder, 'l' symbolic link */
};

struct facts {
	int fd;				/* folder, or -1: entries in memory */
	bool live;			/* this computer                    */
	char *root;			/* real path of the folder, or NULL */
	struct facts_entry *entries;	/* sorted by path                   */
	size_t n_entries;
};

#define FACTS_INIT { -1, false, NULL, NULL, 0 }

/**
 * facts_open - "/", a folder, or a tar archive
 * @ret:  facts_close() frees it
 * @path: what to read
 * @err:  ERR_NOT_FOUND, ERR_FORMAT
 */
int facts_open(struct facts *ret, const char *path, struct error *err);

/** facts_from_tar - the same from an archive in memory */
int facts_from_tar(struct facts *ret, const void *data, size_t len, struct error *err);

void facts_close(struct facts *t);

#define CLEANUP_FACTS __attribute__((cleanup(facts_close)))

/**
 * facts_read - contents of a file, with a 0 byte behind them
 * @t:       the tree
 * @path:    the file
 * @ret_len: length without that byte, or NULL             [bytes]
 *
 * Return: contents that the caller frees, or NULL with errno.
 */
char *facts_read(const struct facts *t, const char *path, size_t *ret_len);

/** facts_list - sorted names in a folder, numbers inside names in numeric order; -1 with errno */
int facts_list(const struct facts *t, const char *path, struct strv *ret);

/** facts_real - path without symbolic links, or NULL; the caller frees it */
char *facts_real(const struct facts *t, const char *path);

static inline bool facts_has(const struct facts *t, const char *path)
{
	char *real = facts_real(t, path);
	bool there = real != NULL;

	free(real);
	return there;
}

#endif
