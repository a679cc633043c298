/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_PATH_H
#define REHOST_BASE_PATH_H

/* Paths, small files and folders. Every returned string is the caller's to free. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

/** path_join - "@dir/@name"; @name alone when it is absolute */
char *path_join(const char *dir, const char *name);

/** path_dirname, path_basename - as the commands of that name, without changing their argument */
char *path_dirname(const char *path);
char *path_basename(const char *path);

/** path_absolute - without symbolic links; the last component need not exist */
int path_absolute(const char *path, char **ret, struct error *err);

/** path_relative - how to write @path as seen from folder @dir; both must be absolute */
char *path_relative(const char *dir, const char *path);

/** path_stem - the file name without its folder and without @suffix, if it has it */
char *path_stem(const char *path, const char *suffix);

/** path_exists - is there anything of this name, even a dangling link? */
bool path_exists(const char *path);

/** path_has_suffix - does @path end in @suffix? */
bool path_has_suffix(const char *path, const char *suffix);

/**
 * file_read - the whole of a small file
 * @path:    the file
 * @max:     more bytes than this are an error                 [bytes]
 * @ret:     contents with a 0 byte behind them; the caller frees it
 * @ret_len: length without that byte, or NULL                 [bytes]
 * @err:     ERR_FORMAT if it is larger than @max
 */
int file_read(const char *path, size_t max, char **ret, size_t *ret_len, struct error *err);

/** folder_make - mkdir -p */
int folder_make(const char *path, struct error *err);

/** folder_sync - everything in a folder is safe on the disk, and nothing else is waited for */
int folder_sync(const char *path, struct error *err);

/** folder_remove - rm -rf, symbolic links are not followed */
int folder_remove(const char *path, struct error *err);

#endif
