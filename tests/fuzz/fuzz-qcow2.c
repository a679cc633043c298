// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as a qcow2 image, of which every cluster is looked up and some are read. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/qcow2_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_some(struct qcow2_chain *chain)
{
	CLEANUP_FREE uint8_t *cluster = xmalloc(QCOW2_CLUSTER);
	struct qcow2_decoder *decoder = qcow2_decoder_new();
	uint64_t at = 0;

	for (int i = 0; i < 64; i++) {
		struct error err CLEANUP_ERROR = ERROR_INIT;
		struct qcow2_place place;
		const uint8_t *packed;
		size_t len;

		at += qcow2_chain_zeros(chain, at);
		if (at >= chain->size)
			break;
		if (qcow2_chain_find(chain, at / QCOW2_CLUSTER, &place, &err) == 0 &&
		    qcow2_chain_read(chain, at / QCOW2_CLUSTER, &place, decoder, cluster, &packed,
				     &len, &err) == 0 && packed && len > QCOW2_PACKED_MAX)
			__builtin_trap();
		at += QCOW2_CLUSTER;
	}
	qcow2_decoder_free(decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_CLOSE int fd = memfd_create("image", MFD_CLOEXEC);
	struct qcow2_chain chain CLEANUP_QCOW2_CHAIN = QCOW2_CHAIN_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	int rc;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	rc = qcow2_chain_of_file(&chain, fd, 0, size, &err);
	if ((rc < 0) != error_is_set(&err))
		__builtin_trap();
	if (rc == 0)
		read_some(&chain);
	return 0;
}
