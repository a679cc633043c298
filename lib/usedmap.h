/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_USEDMAP_H
#define REHOST_USEDMAP_H

/*
 * Which areas of a disk are in use, by the allocation maps of the file systems on it.
 *
 * The answer is always a superset. What no file system is known for, what lies between partitions
 * and around volumes, and everything whose map is unclean, damaged or contradicts itself counts as
 * used. Each kind of file system is one file with one reader and one row in usedmaps.def.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"
#include "lib/ranges.h"
#include "lib/source.h"
#include "lib/volume.h"

enum {
	USEDMAP_HEAD = 128 << 10,	/* bytes of a volume that tell its kind */
	USEDMAP_VOLUMES_MAX = 256,
	USEDMAP_DEPTH_MAX = 4,		/* volumes inside of volumes            */
	USEDMAP_NAMES_MAX = 1000,	/* names of files, at most              */
};

struct usedmap_reader {
	const char *name;
	/* @head: the first USEDMAP_HEAD bytes of a volume, zeros behind its end */
	bool (*looks_like)(const uint8_t *head);
	/*
	 * The used areas of a volume, in its own bytes, ascending. Fails when the map is not to be
	 * trusted; the message says why. What lies behind the file system is the caller's affair:
	 * @ret_end is where the map ends.
	 */
	int (*read)(const struct volume *v, struct ranges *ret_used, uint64_t *ret_end,
		    struct error *err);
	/*
	 * Paths of the files that have a byte in some areas of the volume, at most USEDMAP_NAMES_MAX;
	 * what is damaged is passed over. NULL: cannot be told.
	 */
	int (*name_files)(const struct volume *v, const struct ranges *areas, struct strv *ret,
			  struct error *err);
};

/* What was found on the disk, for people. */
struct usedmap_volume {
	char *name;		/* "partition 1"                              */
	const char *kind;	/* ext, ntfs, …; NULL: none that is known     */
	uint64_t start, size;	/* first byte on the disk; size       [bytes] */
	uint64_t used;		/*                                    [bytes] */
	char *why_all;		/* why all of it is taken as used, or NULL    */
};

struct usedmap {
	struct ranges used;
	struct usedmap_volume *volumes;
	size_t n_volumes;
};

#define USEDMAP_INIT { RANGES_INIT, NULL, 0 }

/**
 * usedmap_read - find out what is in use
 * @ret:    usedmap_clear() frees it
 * @source: the disk; only metadata is read
 * @err:    interrupted, or the disk vanished; a damaged disk is no error but wholly used
 */
int usedmap_read(struct usedmap *ret, struct source *source, struct error *err);

/**
 * usedmap_name_files - which files lie in some areas of a disk
 * @source: the disk
 * @areas:  on the disk
 * @ret:    "partition 1: /etc/passwd", or why files of a volume are not named
 * @err:    interrupted
 */
int usedmap_name_files(struct source *source, const struct ranges *areas, struct strv *ret,
		       struct error *err);

void usedmap_clear(struct usedmap *m);

#define CLEANUP_USEDMAP __attribute__((cleanup(usedmap_clear)))

/* Helpers for readers. */

/**
 * usedmap_add_bits - used clusters from a piece of a bitmap, least significant bit first
 * @used:    list to add to
 * @bits:    the piece; a set bit is a used cluster
 * @first:   number of its first cluster
 * @n:       clusters in it
 * @cluster: size of one                                 [bytes]
 * @base:    byte at which cluster 0 begins              [bytes]
 */
void usedmap_add_bits(struct ranges *used, const uint8_t *bits, uint64_t first, uint64_t n,
		      uint64_t cluster, uint64_t base);

#endif
