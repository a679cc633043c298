/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PART_FILE_H
#define REHOST_PART_FILE_H

/*
 * A file that is written in parts NAME.001, NAME.002, … of one size, because its file system holds no
 * larger ones; lib/parts.h reads them. Any thread writes anywhere.
 */

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/parts.h"

struct part_file {
	char *path;			/* of the whole                         */
	uint64_t part_size;		/*                              [bytes] */
	int fds[PARTS_MAX];		/* -1: not open                         */
	pthread_mutex_t lock;		/* over fds                             */
};

/**
 * part_file_begin - go on with the parts that are there, or none
 * @ret:       part_file_end() frees it
 * @path:      without the number
 * @part_size: of all but the last                        [bytes]
 * @err:       ERR_REFUSED if there are parts of another size
 */
int part_file_begin(struct part_file *ret, const char *path, uint64_t part_size, struct error *err);

int part_file_write(struct part_file *p, const void *data, size_t len, uint64_t offset, struct error *err);

/** part_file_read - exactly @len bytes; ERR_FORMAT if they are not there */
int part_file_read(struct part_file *p, void *ret, size_t len, uint64_t offset, struct error *err);

/** part_file_size - of the whole */
int part_file_size(struct part_file *p, uint64_t *ret, struct error *err);

/** part_file_cut - to this size; parts behind it go, those before it are filled up */
int part_file_cut(struct part_file *p, uint64_t size, struct error *err);

int part_file_sync(struct part_file *p, struct error *err);

/** part_file_rename - what turned out to be one part gets the name of the whole; others keep theirs */
int part_file_rename(struct part_file *p, struct error *err);

/** part_file_end - close all */
void part_file_end(struct part_file *p);

#endif
