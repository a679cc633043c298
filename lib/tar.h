/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TAR_H
#define REHOST_TAR_H

/*
 * The tar archive that a bundle is: plain files only, in one form of bytes. Its headers are made and
 * read with libarchive; the reader then compares every header with the one that the writer makes for this name
 * and size, and wants zeros between and behind the files, so that no byte of an archive is without
 * a meaning.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/parts.h"

enum {
	TAR_NAME_MAX = 99,		/* longer names are refused                [bytes] */
	TAR_ENTRIES_MAX = 20000,	/* an archive with more files is refused           */
	TAR_BLOCK = 512,		/* all begins at a multiple of it          [bytes] */
};

struct tar_writer {
	int fd;
	const char *path;		/* for messages; not owned             */
	uint64_t at;			/* where the next byte goes    [bytes] */
	uint64_t left;			/* of the current file         [bytes] */
};

#define TAR_WRITER_INIT { -1, NULL, 0, 0 }

/**
 * tar_begin - start an archive
 * @ret:  nothing of it has to be freed
 * @fd:   a regular file, empty; not closed
 * @path: its name, for messages; must stay valid
 */
void tar_begin(struct tar_writer *ret, int fd, const char *path);

/** tar_room - what a file of @size bytes takes in an archive [bytes] */
uint64_t tar_room(uint64_t size);

/** tar_add - the next file; exactly @size bytes follow through tar_write() */
int tar_add(struct tar_writer *tar, const char *name, uint64_t size, struct error *err);
int tar_write(struct tar_writer *tar, const void *data, size_t len, struct error *err);

/** tar_add_text - a whole file in one call */
int tar_add_text(struct tar_writer *tar, const char *name, const void *data, size_t len,
		 struct error *err);

/**
 * tar_begin_open - a file whose name and size are known when it is written
 * @ret_offset: where its first byte belongs; it is written there by the caller
 *
 * tar_end_open() gives it both.
 */
int tar_begin_open(struct tar_writer *tar, uint64_t *ret_offset, struct error *err);
int tar_end_open(struct tar_writer *tar, const char *name, uint64_t size, struct error *err);

/** tar_end - complete the archive; what the file had beyond its end is cut off */
int tar_end(struct tar_writer *tar, struct error *err);

struct tar_entry {
	char *name;
	uint64_t offset, size;		/* where its bytes are in the archive [bytes] */
};

struct tar_list {
	struct tar_entry *entries;	/* sorted by name */
	size_t n_entries;
};

#define TAR_LIST_INIT { NULL, 0 }

/**
 * tar_scan - list an archive without reading the contents of its files
 * @data: the archive
 * @path: its name, for messages
 * @err:  ERR_FORMAT: no archive. ERR_REFUSED: a name or kind of file that must not be in one.
 *        ERR_INTEGRITY: truncated or changed
 */
int tar_scan(struct tar_list *ret, const struct parts *data, const char *path, struct error *err);

/** tar_find - an entry of a scanned archive by name, or NULL */
const struct tar_entry *tar_find(const struct tar_list *list, const char *name);
void tar_list_clear(struct tar_list *list);

#define CLEANUP_TAR_LIST __attribute__((cleanup(tar_list_clear)))

/** tar_name_is_safe - relative, without "..", ".", "//", control characters and backslashes? */
bool tar_name_is_safe(const char *name);

#endif
