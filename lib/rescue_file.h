/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_RESCUE_FILE_H
#define REHOST_RESCUE_FILE_H

/*
 * The file that holds what is rescued. Only the areas that are to be rescued have a place in it, one
 * behind the other, so that it needs no holes: FAT and exFAT have none, and a target's free space was
 * reckoned with what is in use.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/ranges.h"
#include "lib/source.h"

struct rescue_file {
	int fd;				/* the caller's                          */
	const struct ranges *domain;	/* the caller's; stays as it is          */
	uint64_t *before;		/* bytes in the areas before each        */
};

#define RESCUE_FILE_INIT { -1, NULL, NULL }

/** rescue_file_begin - the areas in @domain, in the file @fd; rescue_file_clear() ends it */
void rescue_file_begin(struct rescue_file *ret, int fd, const struct ranges *domain);

/** rescue_file_write - keep bytes of the disk; @start and @len lie inside of one area */
int rescue_file_write(const struct rescue_file *f, uint64_t start, const void *data, size_t len,
		      struct error *err);

/**
 * rescue_file_source - what was rescued, as a disk
 * @f:    stays open until source_close()
 * @size: of the disk                                    [bytes]
 *
 * Reads zeros where nothing was rescued.
 */
void rescue_file_source(struct rescue_file *f, uint64_t size, struct source *ret);

void rescue_file_clear(struct rescue_file *f);

#define CLEANUP_RESCUE_FILE __attribute__((cleanup(rescue_file_clear)))

#endif
