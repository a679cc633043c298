// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole jobs around copy_run(): an image, a digest alone. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/copy.h"

static int finish_digest(const struct disk_digest *d, char ret_disk[DIGEST_HEX_SIZE],
			 struct error *err)
{
	CLEANUP_FREE uint8_t *extents = NULL;
	size_t n;

	return disk_digest_finish(d, &extents, &n, ret_disk, err);
}

int copy_source(struct source *source, struct qcow2 *image, struct progress *progress,
		char ret_disk[DIGEST_HEX_SIZE], struct error *err)
{
	struct disk_digest digest CLEANUP_DISK_DIGEST = DISK_DIGEST_INIT;
	struct copy copy = { .source = source, .image = image, .compress = true, .digest = &digest,
			     .progress = progress };

	if (disk_digest_open(&digest, NULL, source->size, err) < 0 || copy_run(&copy, err) < 0 ||
	    qcow2_finish(image, err) < 0)
		return -1;
	return finish_digest(&digest, ret_disk, err);
}

int copy_digest(struct source *source, struct progress *progress, uint8_t **ret_extents,
		size_t *ret_n, char ret_disk[DIGEST_HEX_SIZE], struct error *err)
{
	struct disk_digest digest CLEANUP_DISK_DIGEST = DISK_DIGEST_INIT;
	struct copy copy = { .source = source, .digest = &digest, .progress = progress };

	if (disk_digest_open(&digest, NULL, source->size, err) < 0 || copy_run(&copy, err) < 0)
		return -1;
	return disk_digest_finish(&digest, ret_extents, ret_n, ret_disk, err);
}

int copy_chain(struct qcow2_chain *chain, struct qcow2 *image, struct progress *progress,
	       char ret_disk[DIGEST_HEX_SIZE], struct error *err)
{
	struct disk_digest digest CLEANUP_DISK_DIGEST = DISK_DIGEST_INIT;
	struct copy copy = { .chain = chain, .image = image, .compress = true, .digest = &digest,
			     .progress = progress };

	if (disk_digest_open(&digest, NULL, chain->size, err) < 0 || copy_run(&copy, err) < 0 ||
	    (image && qcow2_finish(image, err) < 0))
		return -1;
	return finish_digest(&digest, ret_disk, err);
}

/* Evenly over the used areas, so that each kind of data has its share. */
uint64_t copy_estimate(struct source *source, const struct ranges *used)
{
	enum { SAMPLES = 48 };
	CLEANUP_FREE uint8_t *data = xmalloc(DISK_BLOCK);
	struct qcow2_encoder *encoder = qcow2_encoder_new(true);
	struct qcow2_portion portion;
	uint64_t total = ranges_total(used), step = total / SAMPLES + 1, read = 0, packed = 0, seen = 0;

	qcow2_portion_init(&portion);
	for (size_t i = 0; i < used->n; i++) {
		const struct range *r = &used->v[i];

		for (uint64_t next = (seen + step - 1) / step * step; next < seen + (r->end - r->start);
		     next += step) {
			uint64_t at = r->start + (next - seen);
			size_t len = (size_t)MIN(r->end - at, (uint64_t)DISK_BLOCK);

			memset(data, 0, DISK_BLOCK);
			read += len;
			if (source_try_read(source, at, data, len) < 0 ||
			    qcow2_encode(encoder, data, NULL, QCOW2_PORTION, &portion, NULL) < 0)
				packed += len;
			else
				packed += portion.len;
		}
		seen += r->end - r->start;
	}
	qcow2_portion_clear(&portion);
	qcow2_encoder_free(encoder);
	return read ? (uint64_t)((double)total / (double)read * (double)packed) : 0;
}
