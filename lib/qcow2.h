/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_QCOW2_H
#define REHOST_QCOW2_H

/*
 * Writing a qcow2 image, version 3, clusters of 64 KiB compressed with zstd.
 *
 * Clusters are handed over in portions; each portion is packed behind the last one, so that the same
 * portions in the same order always make the same bytes. Memory is one mapping table, two refcount
 * blocks and the first-level table, whatever the size. The header is written last: a file that was
 * left early has no magic number and cannot be mistaken for an image.
 *
 *	qcow2_begin(&w, fd, size, NULL, NULL);
 *	for each portion of clusters:			// encoding in any thread
 *		qcow2_encode(encoder, data, …, &portion);
 *		qcow2_place(&w, first_cluster, &portion, &offset, err);	// one thread at a time
 *		qcow2_store(&w, &portion, offset, err);	// any thread
 *	qcow2_finish(&w, err);
 *
 * Source: QEMU, docs/interop/qcow2.txt.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

enum {
	QCOW2_CLUSTER = 65536,			/* [bytes]                                */
	QCOW2_PORTION = 16,			/* clusters handed over at once, at most  */
	QCOW2_TABLE = QCOW2_CLUSTER / 8,	/* clusters that one mapping table covers */
	QCOW2_REFS = QCOW2_CLUSTER / 2,		/* clusters that one refcount block counts */
};

/* 32 MiB is the largest first-level table that QEMU opens [bytes] */
#define QCOW2_DISK_MAX ((uint64_t)QCOW2_CLUSTER * QCOW2_TABLE * ((32 << 20) / 8) - 1)

/* What becomes of a cluster; other values: so many bytes, compressed. */
enum qcow2_cluster_kind {
	QCOW2_ABSENT = 0,		/* zeros, or what the backing file has */
	QCOW2_ZERO = -1,		/* zeros whatever the backing file has */
	QCOW2_PLAIN = -2,		/* stored as it is                     */
};

struct qcow2_portion {
	uint8_t *data;			/* packed clusters         */
	size_t room, len;		/* of data         [bytes] */
	const uint8_t *plain;		/* instead of data: the caller's clusters, stored from there */
	int32_t cluster[QCOW2_PORTION];	/* kind or length of each  */
	size_t n;
};

struct qcow2 {
	int fd;				/* the caller's                                  */
	struct part_file *parts;	/* set behind qcow2_begin(): instead of fd       */
	uint64_t start;			/* set behind qcow2_begin(): where the image begins in
					 * a file that is synced as a whole      [bytes] */
	uint64_t size;			/* of the disk                           [bytes] */
	uint64_t end;			/* first free byte of the file                   */
	char *backing, *backing_format;	/* or NULL                                       */
	uint64_t *l1;			/* offsets of the mapping tables                 */
	size_t n_l1;
	uint64_t table_index;		/* which mapping table is in memory              */
	uint64_t *table;
	bool table_used;
	uint64_t *ref_table;		/* offsets of the refcount blocks that are full  */
	size_t n_ref_table;
	uint16_t *refs;			/* two blocks: the one after n_ref_table, and the next */
};

#define QCOW2_INIT { .fd = -1 }

/**
 * qcow2_begin - start an image in an empty file
 * @ret:            qcow2_clear() frees it
 * @fd:             file, open for reading and writing; stays the caller's
 * @size:           of the disk                          [bytes]
 * @backing:        path of a backing file as written in the image, or NULL
 * @backing_format: qcow2, raw; with @backing
 */
int qcow2_begin(struct qcow2 *ret, int fd, uint64_t size, const char *backing,
		const char *backing_format, struct error *err);

/* Each thread that compresses has an encoder of its own. */
struct qcow2_encoder;
struct qcow2_encoder *qcow2_encoder_new(bool compress);
void qcow2_encoder_free(struct qcow2_encoder *e);

/** qcow2_portion_init - room for QCOW2_PORTION clusters in any encoding */
void qcow2_portion_init(struct qcow2_portion *p);
void qcow2_portion_clear(struct qcow2_portion *p);

/** qcow2_portion_reset - empty, its room kept */
void qcow2_portion_reset(struct qcow2_portion *p);

/**
 * qcow2_encode - pack clusters
 * @e:    encoder
 * @data: clusters, the last one filled up with zeros
 * @base: the same clusters of the backing file; NULL: there is none
 * @n:    number of them, at most QCOW2_PORTION
 * @ret:  with room from qcow2_portion_init()
 *
 * A cluster that is like the base, or zeros where there is none, becomes QCOW2_ABSENT. What is not
 * compressed is not copied either: @data must stay until the portion is stored.
 */
int qcow2_encode(struct qcow2_encoder *e, const uint8_t *data, const uint8_t *base, size_t n,
		 struct qcow2_portion *ret, struct error *err);

/**
 * qcow2_encode_one - add one cluster to a portion
 * @data:   the cluster
 * @packed: the same, compressed already, or NULL
 * @len:    of @packed                                    [bytes]
 */
int qcow2_encode_one(struct qcow2_encoder *e, const uint8_t *data, const uint8_t *packed, size_t len,
		     struct qcow2_portion *p, struct error *err);

/** qcow2_place - give a portion its place in the file and note it in the tables */
int qcow2_place(struct qcow2 *w, uint64_t first_cluster, const struct qcow2_portion *p,
		uint64_t *ret_offset, struct error *err);

/** qcow2_store - write a portion at its place */
int qcow2_store(const struct qcow2 *w, const struct qcow2_portion *p, uint64_t offset,
		struct error *err);

/**
 * qcow2_save - everything that is needed to go on later, when all placed portions are stored
 * @w:       the image
 * @ret_len: size of the result                          [bytes]
 *
 * Return: a copy in memory; the caller frees it.
 */
uint8_t *qcow2_save(const struct qcow2 *w, size_t *ret_len);

/**
 * qcow2_resume - go on with an image that was left early
 * @w:    begun with the same file, size and backing file
 * @data: from qcow2_save()
 * @len:  its size                                       [bytes]
 * @err:  ERR_FORMAT if it does not belong to this image
 *
 * Cuts the file to where it was then, and takes its header away if it had got one.
 */
int qcow2_resume(struct qcow2 *w, const uint8_t *data, size_t len, struct error *err);

/** qcow2_finish - write tables and, when these are safe on the disk, the header */
int qcow2_finish(struct qcow2 *w, struct error *err);

void qcow2_clear(struct qcow2 *w);

#define CLEANUP_QCOW2 __attribute__((cleanup(qcow2_clear)))

#endif
