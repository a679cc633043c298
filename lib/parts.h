/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PARTS_H
#define REHOST_PARTS_H

/*
 * A file that may lie in parts, NAME.001, NAME.002, …, because the medium takes no larger ones; put
 * together with cat they are the file. It is read as one, from any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

enum { PARTS_MAX = 999 };

struct part {
	int fd;
	uint64_t start, size;		/* in the whole [bytes] */
};

struct parts {
	struct part *list;
	size_t n;
	uint64_t size;			/* of the whole [bytes] */
};

#define PARTS_INIT { NULL, 0, 0 }

/**
 * parts_open - open a file for reading, or its parts where there is none of that name
 * @path: NAME, or NAME.001
 * @err:  ERR_NOT_FOUND also names a part that is missing between others
 */
int parts_open(struct parts *ret, const char *path, struct error *err);

/** parts_of_fd - the whole of a file that is open already; @fd stays the caller's */
int parts_of_fd(struct parts *ret, int fd, const char *path, struct error *err);

/** part_name - name of part @i, which counts from 0; the caller frees it */
char *part_name(const char *path, size_t i);

/**
 * parts_read - exactly @len bytes
 * @path: for messages
 * @err:  ERR_INTEGRITY if there are not that many
 */
int parts_read(const struct parts *p, uint64_t offset, void *ret, size_t len, const char *path,
	       struct error *err);

void parts_clear(struct parts *p);

#define CLEANUP_PARTS __attribute__((cleanup(parts_clear)))

#endif
