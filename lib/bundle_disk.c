// SPDX-License-Identifier: GPL-2.0-or-later
/* Bundles: a disk, flattened straight into the archive, and read back. */
#include "config.h"

#include <pthread.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/bundle_private.h"
#include "lib/bundle_stage.h"
#include "lib/copy.h"

static int store_chain(struct qcow2_chain *chain, struct qcow2 *image, const struct staged_disk *disk,
		       struct progress *progress, char ret[DIGEST_HEX_SIZE], struct error *err)
{
	progress_begin(progress, disk->phase, chain->size);
	return copy_chain(chain, image, progress, ret, err);
}

/* Images of other kinds are read by a qemu-nbd, and packed anew. */
static int store_source(struct source *source, struct qcow2 *image, const struct staged_disk *disk,
			struct progress *progress, char ret[DIGEST_HEX_SIZE], struct error *err)
{
	struct disk_digest digest CLEANUP_DISK_DIGEST = DISK_DIGEST_INIT;
	struct copy copy = { .source = source, .image = image, .compress = true,
			     .digest = &digest, .progress = progress };
	CLEANUP_FREE uint8_t *extents = NULL;
	size_t n = 0;

	progress_begin(progress, disk->phase, source->size);
	if (disk_digest_open(&digest, NULL, source->size, err) < 0 || copy_run(&copy, err) < 0 ||
	    qcow2_finish(image, err) < 0)
		return -1;
	return disk_digest_finish(&digest, &extents, &n, ret, err);
}

static int begin_image(struct qcow2 *image, const struct tar_writer *tar, uint64_t offset,
		       uint64_t size, struct error *err)
{
	if (qcow2_begin(image, tar->fd, size, NULL, NULL, err) < 0)
		return -1;
	image->start = offset;
	return 0;
}

static int store(const struct tar_writer *tar, uint64_t offset, const struct staged_disk *disk,
		 struct progress *progress, uint64_t *ret_size, char ret_disk[DIGEST_HEX_SIZE],
		 struct error *err)
{
	struct qcow2_chain chain CLEANUP_QCOW2_CHAIN = QCOW2_CHAIN_INIT;
	struct source source CLEANUP_SOURCE = SOURCE_INIT;
	struct qcow2 image CLEANUP_QCOW2 = QCOW2_INIT;
	struct error other CLEANUP_ERROR = ERROR_INIT;
	int rc = qcow2_chain_open(&chain, disk->from, &other);

	if (rc < 0 && other.code != ERR_UNSUPPORTED && other.code != ERR_FORMAT)
		return error_move(err, &other);
	if (rc < 0 && source_open(&source, disk->from, SOURCE_BACKED, err) < 0)
		return -1;
	if (begin_image(&image, tar, offset, rc < 0 ? source.size : chain.size, err) < 0)
		return -1;
	rc = rc < 0 ? store_source(&source, &image, disk, progress, ret_disk, err)
		    : store_chain(&chain, &image, disk, progress, ret_disk, err);
	*ret_size = image.end;
	if (rc == 0)
		progress_end(progress);
	return rc;
}

/* The digest of the image, by a thread of its own: its beginning is known only when all is written. */
struct image_digest {
	struct bundle in;
	struct bundle_file file;
	struct error err;
};

static void *take_digest(void *arg)
{
	struct image_digest *d = arg;

	bundle_digest_range(&d->in, d->file.offset, d->file.size, d->file.digest, &d->err);
	return NULL;
}

static int read_back(const struct tar_writer *tar, uint64_t offset, uint64_t size,
		     const char *expected, struct progress *progress, struct error *err)
{
	struct qcow2_chain chain CLEANUP_QCOW2_CHAIN = QCOW2_CHAIN_INIT;
	char found[DIGEST_HEX_SIZE];

	if (qcow2_chain_of_file(&chain, tar->fd, offset, size, err) < 0)
		return -1;
	progress_begin(progress, "read back", chain.size);
	if (copy_chain(&chain, NULL, progress, found, err) < 0)
		return -1;
	progress_end(progress);
	if (strcmp(found, expected) != 0)
		return error_set(err, ERR_INTEGRITY, "it does not read as it was written");
	return 0;
}

static int check(const struct tar_writer *tar, uint64_t offset, const char *expected,
		 struct bundle_file *f, struct progress *progress, struct error *err)
{
	struct image_digest d = { .in = { .path = (char *)tar->path },
				  .file = { .offset = offset, .size = f->size },
				  .err = ERROR_INIT };
	struct parts data CLEANUP_PARTS = PARTS_INIT;
	pthread_t thread;
	int rc;

	if (parts_of_fd(&data, tar->fd, tar->path, err) < 0)
		return -1;
	d.in.data = data;
	rc = pthread_create(&thread, NULL, take_digest, &d);
	if (rc)
		return error_sys(err, rc, "start a thread");
	rc = read_back(tar, offset, f->size, expected, progress, err);
	pthread_join(thread, NULL);
	memcpy(f->digest, d.file.digest, sizeof(f->digest));
	if (rc == 0 && error_is_set(&d.err))
		return error_move(err, &d.err);
	error_clear(&d.err);
	return rc;
}

int bundle_put_disk(struct tar_writer *tar, const struct staged_disk *disk, struct bundle_file *ret,
		    struct progress *progress, struct error *err)
{
	char expected[DIGEST_HEX_SIZE];
	uint64_t offset = 0;

	if (tar_begin_open(tar, &offset, err) < 0)
		return -1;
	if (store(tar, offset, disk, progress, &ret->size, expected, err) < 0 ||
	    check(tar, offset, expected, ret, progress, err) < 0)
		return error_wrap(err, "%s", disk->phase);
	return 0;
}
