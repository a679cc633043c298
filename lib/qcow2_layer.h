/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_QCOW2_LAYER_H
#define REHOST_QCOW2_LAYER_H

/*
 * Reading one qcow2 image of the kind that this program and QEMU's overlays are: version 3, clusters
 * of 64 KiB, compressed with zstd if at all. Others are refused with ERR_UNSUPPORTED: a qemu-nbd reads
 * them (lib/source.h). The image may lie inside another file, as in a bundle.
 *
 * It is read this way where its compressed clusters are taken over as they are. Nothing in it is
 * believed: every offset is compared with the length of the image.
 *
 * Source: QEMU, docs/interop/qcow2.txt.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/qcow2.h"

struct qcow2_layer {
	int fd;				/* the caller's                                     */
	uint64_t start, length;		/* of the image in the file                 [bytes] */
	uint64_t size;			/* of the disk                              [bytes] */
	char *backing, *backing_format;	/* as written in the image, or NULL                 */
	bool zstd;			/* else compressed clusters are not read            */
	uint64_t *l1;			/* entries as in the image                          */
	size_t n_l1;
	uint64_t *table;		/* the mapping table in memory                      */
	uint64_t table_index;		/* which it is; n_l1: none                          */
};

#define QCOW2_LAYER_INIT { .fd = -1 }

enum qcow2_spot_kind { SPOT_ABSENT, SPOT_ZERO, SPOT_PLAIN, SPOT_PACKED };

/* Where a cluster lies. */
struct qcow2_spot {
	enum qcow2_spot_kind kind;
	uint64_t offset;		/* in the image                             [bytes] */
	uint32_t len;			/* SPOT_PACKED: at most so many             [bytes] */
};

enum { QCOW2_PACKED_MAX = 256 * 512 };	/* what an entry can speak of at most       [bytes] */

/**
 * qcow2_layer_open - read header and first-level table
 * @ret:    qcow2_layer_clear() frees it
 * @fd:     the file, open for reading
 * @start:  where the image begins in it                 [bytes]
 * @length: of the image                                 [bytes]
 * @err:    ERR_UNSUPPORTED: another kind; ERR_FORMAT: no image, or a damaged one
 */
int qcow2_layer_open(struct qcow2_layer *ret, int fd, uint64_t start, uint64_t length,
		     struct error *err);
void qcow2_layer_clear(struct qcow2_layer *layer);

#define CLEANUP_QCOW2_LAYER __attribute__((cleanup(qcow2_layer_clear)))

/** qcow2_layer_find - where a cluster lies; one thread at a time */
int qcow2_layer_find(struct qcow2_layer *layer, uint64_t cluster, struct qcow2_spot *ret,
		     struct error *err);

/**
 * qcow2_layer_skip - the first cluster from @cluster on that may not be absent
 *
 * Only the first-level table is looked at. Return: behind the last cluster if there is none.
 */
uint64_t qcow2_layer_skip(const struct qcow2_layer *layer, uint64_t cluster);

/* Each thread that unpacks has a decoder of its own. */
struct qcow2_decoder;
struct qcow2_decoder *qcow2_decoder_new(void);
void qcow2_decoder_free(struct qcow2_decoder *d);

/**
 * qcow2_layer_read - one cluster; any thread
 * @spot:       from qcow2_layer_find(), not SPOT_ABSENT
 * @data:       QCOW2_CLUSTER bytes: what the guest sees; what lies behind the disk is zeros
 * @ret_packed: SPOT_PACKED: the bytes in the image, valid until the next call; else NULL
 * @ret_len:    their number
 * @err:        ERR_INTEGRITY if it does not unpack to a cluster
 */
int qcow2_layer_read(const struct qcow2_layer *layer, uint64_t cluster,
		     const struct qcow2_spot *spot, struct qcow2_decoder *decoder, uint8_t *data,
		     const uint8_t **ret_packed, size_t *ret_len, struct error *err);

#endif
