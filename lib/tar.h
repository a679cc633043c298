/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TAR_H
#define REHOST_TAR_H

/*
 * The tar archive that a bundle is: plain files only, in one form of bytes. Written and read with
 * libarchive; the reader then compares every header with the one that the writer makes for this name
 * and size, and wants zeros between and behind the files, so that no byte of an archive is without
 * a meaning.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

struct archive;

enum {
	TAR_NAME_MAX = 99,		/* longer names are refused                [bytes] */
	TAR_ENTRIES_MAX = 20000,	/* an archive with more files is refused           */
};

struct tar_writer {
	struct archive *archive;
	const char *path;		/* for messages; not owned */
	uint64_t left;			/* of the current file     [bytes] */
};

#define TAR_WRITER_INIT { NULL, NULL, 0 }

/**
 * tar_begin - start an archive
 * @ret:  tar_end() completes it, tar_discard() frees it
 * @fd:   written from its position on; not closed
 * @path: its name, for messages; must stay valid
 */
int tar_begin(struct tar_writer *ret, int fd, const char *path, struct error *err);

/** tar_add - the next file; exactly @size bytes follow through tar_write() */
int tar_add(struct tar_writer *tar, const char *name, uint64_t size, struct error *err);
int tar_write(struct tar_writer *tar, const void *data, size_t len, struct error *err);

/** tar_add_text - a whole file in one call */
int tar_add_text(struct tar_writer *tar, const char *name, const void *data, size_t len,
		 struct error *err);
int tar_end(struct tar_writer *tar, struct error *err);
void tar_discard(struct tar_writer *tar);

#define CLEANUP_TAR_WRITER __attribute__((cleanup(tar_discard)))

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
 * @fd:   a regular file, open for reading; its position is changed
 * @path: its name, for messages
 * @err:  ERR_FORMAT: no archive. ERR_REFUSED: a name or kind of file that must not be in one.
 *        ERR_INTEGRITY: truncated or changed
 */
int tar_scan(struct tar_list *ret, int fd, const char *path, struct error *err);

/** tar_find - an entry of a scanned archive by name, or NULL */
const struct tar_entry *tar_find(const struct tar_list *list, const char *name);
void tar_list_clear(struct tar_list *list);

#define CLEANUP_TAR_LIST __attribute__((cleanup(tar_list_clear)))

/** tar_name_is_safe - relative, without "..", ".", "//", control characters and backslashes? */
bool tar_name_is_safe(const char *name);

#endif
