// SPDX-License-Identifier: GPL-2.0-or-later
/* Proving that a capture is unchanged, from the capture alone. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/capture.h"
#include "lib/copy.h"

static int changed(struct error *err, const char *file)
{
	error_set(err, ERR_INTEGRITY, "'%s' was changed after the capture", file);
	return error_hint(err, "restore the capture from a copy, or capture the disk again");
}

static int verify_file(const struct capture *c, const char *name, const char *expected,
		       struct error *err)
{
	CLEANUP_FREE char *path = path_join(c->dir, name);
	char digest[DIGEST_HEX_SIZE];

	if (digest_file(path, digest, NULL, err) < 0)
		return -1;
	return strcmp(digest, expected) == 0 ? 0 : changed(err, path);
}

static int compare_extents(const struct capture_disk *d, const char *path, const uint8_t *extents,
			   struct error *err)
{
	uint64_t extent = disk_extent_size(d->size);

	for (size_t i = 0; i < d->n_extents; i++) {
		if (memcmp(extents + i * DIGEST_SIZE, d->extents + i * DIGEST_SIZE, DIGEST_SIZE) == 0)
			continue;
		changed(err, path);
		return error_wrap(err, "bytes %" PRIu64 " to %" PRIu64 " of the disk differ",
				  i * extent, MIN((i + 1) * extent, d->size) - 1);
	}
	return 0;
}

static int verify_disk(const struct capture *c, size_t i, struct progress *progress,
		       struct error *err)
{
	const struct capture_disk *d = &c->disks[i];
	struct source image CLEANUP_SOURCE = SOURCE_INIT;
	CLEANUP_FREE char *path = capture_disk_path(c, i), *phase = xasprintf("verify %s", d->file);
	CLEANUP_FREE uint8_t *extents = NULL;
	char disk[DIGEST_HEX_SIZE];
	size_t n;

	if (verify_file(c, d->map, d->map_digest, err) < 0 ||
	    source_open(&image, path, d->base ? SOURCE_BACKED : 0, err) < 0)
		return -1;
	if (image.size != d->size || strcmp(image.format, "qcow2") != 0)
		return changed(err, path);
	progress_begin(progress, phase, d->size);
	if (copy_digest(&image, progress, &extents, &n, disk, err) < 0)
		return error_wrap(err, "verify '%s'", path);
	progress_end(progress);
	return compare_extents(d, path, extents, err);
}

int capture_verify(const struct capture *c, struct progress *progress, struct error *err)
{
	if (*c->raw_digest && verify_file(c, CAPTURE_RAW, c->raw_digest, err) < 0)
		return -1;
	for (size_t i = 0; i < c->n_disks; i++)
		if (verify_disk(c, i, progress, err) < 0)
			return -1;
	return 0;
}
