// SPDX-License-Identifier: GPL-2.0-or-later
/* Bundles: a disk, flattened straight into the archive, and read back. */
#include "config.h"

#include <pthread.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/bundle_private.h"
#include "lib/bundle_stage.h"
#include "lib/disk_store.h"

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
	rc = disk_store_check(tar->fd, offset, f->size, expected, progress, err);
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
	if (disk_store(disk->from, tar->fd, offset, disk->phase, progress, &ret->size, expected,
		       err) < 0 ||
	    check(tar, offset, expected, ret, progress, err) < 0)
		return error_wrap(err, "%s", disk->phase);
	return 0;
}
