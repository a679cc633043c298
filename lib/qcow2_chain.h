/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_QCOW2_CHAIN_H
#define REHOST_QCOW2_CHAIN_H

/*
 * A qcow2 image together with all that it stands on, read as one disk: the overlay of a guest, its
 * capture, the capture that this one stands on. What is compressed in one of them can be taken over
 * without packing it anew.
 *
 * Only for images whose files have been checked (validate_files()): an image names the next one.
 */

#include "lib/qcow2_layer.h"

enum { QCOW2_CHAIN_MAX = 8 };

struct qcow2_chain {
	struct qcow2_layer layers[QCOW2_CHAIN_MAX];	/* the one that is opened comes first */
	int fds[QCOW2_CHAIN_MAX];
	size_t n;
	uint64_t size;					/* of the disk [bytes] */
};

#define QCOW2_CHAIN_INIT { .n = 0 }

/**
 * qcow2_chain_open - open an image and those below it
 * @path: the image
 * @err:  ERR_UNSUPPORTED if one of them is of another kind; lib/source.h reads such chains
 */
int qcow2_chain_open(struct qcow2_chain *ret, const char *path, struct error *err);

/** qcow2_chain_of_file - one image that stands alone, inside a file; @fd stays the caller's */
int qcow2_chain_of_file(struct qcow2_chain *ret, int fd, uint64_t start, uint64_t length,
			struct error *err);
void qcow2_chain_clear(struct qcow2_chain *c);

#define CLEANUP_QCOW2_CHAIN __attribute__((cleanup(qcow2_chain_clear)))

struct qcow2_place {
	size_t layer;
	struct qcow2_spot spot;
};

/** qcow2_chain_find - where a cluster of the disk lies; one thread at a time */
int qcow2_chain_find(struct qcow2_chain *c, uint64_t cluster, struct qcow2_place *ret,
		     struct error *err);

/** qcow2_chain_zeros - bytes from @start on that are known to be zeros; as find, one at a time */
uint64_t qcow2_chain_zeros(struct qcow2_chain *c, uint64_t start);

/** qcow2_chain_read - one cluster, as qcow2_layer_read(); any thread */
int qcow2_chain_read(const struct qcow2_chain *c, uint64_t cluster, const struct qcow2_place *place,
		     struct qcow2_decoder *decoder, uint8_t *data, const uint8_t **ret_packed,
		     size_t *ret_len, struct error *err);

#endif
