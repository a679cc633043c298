// SPDX-License-Identifier: GPL-2.0-or-later
/* A qcow2 image as a sparse raw one, read back. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/copy.h"
#include "lib/disk_raw.h"

/* While one disk is written. */
struct writing {
	struct qcow2_chain chain;
	struct qcow2_decoder *decoder;
	struct disk_digest digest;
	int fd;
	const char *path;
	uint8_t *block;			/* DISK_BLOCK */
};

static void cleanup_writing(struct writing *w)
{
	qcow2_chain_clear(&w->chain);
	qcow2_decoder_free(w->decoder);
	disk_digest_close(&w->digest);
	free(w->block);
}

static int put(const struct writing *w, uint64_t at, const uint8_t *data, size_t len,
	       struct error *err)
{
	while (len) {
		ssize_t n = pwrite(w->fd, data, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_sys(err, n < 0 ? errno : ENOSPC, "write '%s'", w->path);
		data += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

/* Holes are what is not written. */
static int read_cluster(struct writing *w, uint64_t cluster, uint8_t *data, struct error *err)
{
	struct qcow2_place place;
	const uint8_t *packed;
	size_t packed_len;
	uint64_t at = cluster * QCOW2_CLUSTER;

	if (qcow2_chain_find(&w->chain, cluster, &place, err) < 0 ||
	    qcow2_chain_read(&w->chain, cluster, &place, w->decoder, data, &packed, &packed_len,
			     err) < 0)
		return error_wrap(err, "read the disk at byte %" PRIu64, at);
	if (bytes_are_zero(data, QCOW2_CLUSTER))
		return 0;
	return put(w, at, data, (size_t)MIN(w->chain.size - at, (uint64_t)QCOW2_CLUSTER), err);
}

static int write_block(struct writing *w, uint64_t block, struct error *err)
{
	uint64_t start = block * DISK_BLOCK, end = MIN(start + DISK_BLOCK, w->chain.size);
	uint8_t sum[DIGEST_SIZE];

	for (uint64_t at = start; at < end; at += QCOW2_CLUSTER)
		if (read_cluster(w, at / QCOW2_CLUSTER, w->block + (at - start), err) < 0)
			return -1;
	if (bytes_are_zero(w->block, (size_t)(end - start)))
		return 0;
	digest_of(w->block, (size_t)(end - start), sum);
	return disk_digest_set(&w->digest, block, sum, err);
}

static int write_disk(struct writing *w, struct progress *progress, char ret[DIGEST_HEX_SIZE],
		      struct error *err)
{
	CLEANUP_FREE uint8_t *extents = NULL;
	size_t n;

	progress_begin(progress, "make raw", w->chain.size);
	if (ftruncate(w->fd, (off_t)w->chain.size) < 0)
		return error_sys(err, errno, "write '%s'", w->path);
	for (uint64_t at = 0; at < w->chain.size;) {
		at += qcow2_chain_zeros(&w->chain, at);
		if (at >= w->chain.size)
			break;
		if (interrupt_check(err) < 0 || write_block(w, at / DISK_BLOCK, err) < 0)
			return -1;
		at = (at / DISK_BLOCK + 1) * DISK_BLOCK;
		progress_update(progress, MIN(at, w->chain.size));
	}
	progress_end(progress);
	return disk_digest_finish(&w->digest, &extents, &n, ret, err);
}

/* Many places of an image may lead to the same few bytes: look before the disk is full. */
static int check_space(struct writing *w, const char *dir, struct error *err)
{
	uint64_t clusters = (w->chain.size - 1) / QCOW2_CLUSTER + 1, need = 0, left = 0;
	CLEANUP_FREE char *need_text = NULL, *left_text = NULL;
	struct statvfs fs;

	if (statvfs(dir, &fs) < 0)
		return error_sys(err, errno, "look at '%s'", dir);
	if (MUL_OVERFLOW((uint64_t)fs.f_bavail, (uint64_t)fs.f_frsize, &left))
		return 0;
	for (uint64_t i = 0; i < clusters && need <= left; i++) {
		struct qcow2_place p;

		i += qcow2_chain_zeros(&w->chain, i * QCOW2_CLUSTER) / QCOW2_CLUSTER;
		if (i >= clusters)
			break;
		if (interrupt_check(err) < 0 || qcow2_chain_find(&w->chain, i, &p, err) < 0)
			return -1;
		need += QCOW2_CLUSTER;
	}
	if (need <= left)
		return 0;
	need_text = format_size(need);
	left_text = format_size(left);
	error_set(err, ERR_NO_SPACE, "the disk has %s of data or more, '%s' has %s left", need_text,
		  dir, left_text);
	return error_hint(err, "free some space there, or choose another place");
}

static int read_back(const char *path, const char *expected, struct progress *progress,
		     struct error *err)
{
	struct source source CLEANUP_SOURCE = SOURCE_INIT;
	CLEANUP_FREE uint8_t *extents = NULL;
	char found[DIGEST_HEX_SIZE];
	size_t n = 0;

	if (source_open(&source, path, SOURCE_RAW, err) < 0)
		return -1;
	progress_begin(progress, "read back", source.size);
	if (copy_digest(&source, progress, &extents, &n, found, err) < 0)
		return -1;
	progress_end(progress);
	if (strcmp(found, expected) != 0)
		return error_set(err, ERR_INTEGRITY, "'%s' does not read as it was written", path);
	return 0;
}

int disk_to_raw(const char *image, const char *path, struct progress *progress, struct error *err)
{
	struct writing w __attribute__((cleanup(cleanup_writing))) = {
		.chain = QCOW2_CHAIN_INIT, .digest = DISK_DIGEST_INIT, .path = path,
	};
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
	CLEANUP_FREE char *dir = path_dirname(path);
	char sum[DIGEST_HEX_SIZE];

	if (qcow2_chain_open(&w.chain, image, err) < 0 ||
	    disk_digest_open(&w.digest, NULL, w.chain.size, err) < 0 ||
	    outfile_open(&out, path, OUTFILE_NEW, err) < 0)
		return -1;
	if (w.chain.n > 1)
		return error_set(err, ERR_REFUSED, "'%s' stands on another file", image);
	if (check_space(&w, dir, err) < 0)
		return -1;
	w.fd = fileno(out.f);
	w.decoder = qcow2_decoder_new();
	w.block = xmalloc(DISK_BLOCK);
	if (write_disk(&w, progress, sum, err) < 0 || read_back(out.partial, sum, progress, err) < 0)
		return error_wrap(err, "make '%s'", path);
	return outfile_commit(&out, err);
}
