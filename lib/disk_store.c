// SPDX-License-Identifier: GPL-2.0-or-later
/* A disk as a stand-alone image inside a file, and read back from there. */
#include "config.h"

#include <string.h>

#include "lib/copy.h"
#include "lib/disk_store.h"

/* Images of other kinds than ours are read by a qemu-nbd, and packed anew. */
static int begin(const char *from, struct qcow2_chain *chain, struct source *source,
		 uint64_t *ret_size, struct error *err)
{
	struct error other CLEANUP_ERROR = ERROR_INIT;

	if (qcow2_chain_open(chain, from, &other) == 0) {
		*ret_size = chain->size;
		return 0;
	}
	if (other.code != ERR_UNSUPPORTED && other.code != ERR_FORMAT)
		return error_move(err, &other);
	if (source_open(source, from, SOURCE_BACKED, err) < 0)
		return -1;
	*ret_size = source->size;
	return 1;
}

int disk_store(const char *from, int fd, uint64_t start, const char *phase,
	       struct progress *progress, uint64_t *ret_size, char ret_disk[DIGEST_HEX_SIZE],
	       struct error *err)
{
	struct qcow2_chain chain CLEANUP_QCOW2_CHAIN = QCOW2_CHAIN_INIT;
	struct source source CLEANUP_SOURCE = SOURCE_INIT;
	struct qcow2 image CLEANUP_QCOW2 = QCOW2_INIT;
	uint64_t size = 0;
	int foreign = begin(from, &chain, &source, &size, err);

	if (foreign < 0 || qcow2_begin(&image, fd, size, NULL, NULL, err) < 0)
		return -1;
	image.start = start;
	progress_begin(progress, phase, size);
	if ((foreign ? copy_source(&source, &image, progress, ret_disk, err)
		     : copy_chain(&chain, &image, progress, ret_disk, err)) < 0)
		return -1;
	progress_end(progress);
	*ret_size = image.end;
	return 0;
}

int disk_store_check(int fd, uint64_t start, uint64_t size, const char *expected,
		     struct progress *progress, struct error *err)
{
	struct qcow2_chain chain CLEANUP_QCOW2_CHAIN = QCOW2_CHAIN_INIT;
	char found[DIGEST_HEX_SIZE];

	if (qcow2_chain_of_file(&chain, fd, start, size, err) < 0)
		return -1;
	progress_begin(progress, "read back", chain.size);
	if (copy_chain(&chain, NULL, progress, found, err) < 0)
		return -1;
	progress_end(progress);
	if (strcmp(found, expected) != 0)
		return error_set(err, ERR_INTEGRITY, "it does not read as it was written");
	return 0;
}
