// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading one qcow2 image, cluster by cluster, in the form in which it lies there. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/qcow2_layer.h"

#define FLAG_COMPRESSED (UINT64_C(1) << 62)
#define FLAG_ZERO UINT64_C(1)
#define OFFSET_MASK UINT64_C(0x00fffffffffffe00)
#define PACKED_OFFSET_MASK ((UINT64_C(1) << SECTORS_SHIFT) - 1)
#define FEATURE_COMPRESSION (UINT64_C(1) << 3)
#define EXTENSION_BACKING_FORMAT 0xE2792ACA

enum {
	SECTORS_SHIFT = 54,		/* of a packed entry, for clusters of 64 KiB */
	HEADER_MIN = 104,		/* of version 3                      [bytes] */
	HEADER_MAX = QCOW2_CLUSTER,
	NAME_MAX_LEN = 1023,
	L1_MAX = (32 << 20) / 8,
	CLUSTER_BITS = 16,
	COMPRESSION_ZSTD = 1,
};

/* What is not there reads as zeros, as in QEMU: an image may end before its last cluster. */
static int read_at(const struct qcow2_layer *l, uint64_t offset, void *ret, size_t len,
		   struct error *err)
{
	uint8_t *to = ret;
	size_t have = offset >= l->length ? 0 : (size_t)MIN(l->length - offset, (uint64_t)len);

	memset(to + have, 0, len - have);
	while (have) {
		ssize_t got = pread(l->fd, to, have, (off_t)(l->start + offset));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_sys(err, errno, "read the image");
		if (got == 0)
			return error_set(err, ERR_INTEGRITY, "the image became shorter");
		to += got;
		offset += (uint64_t)got;
		have -= (size_t)got;
	}
	return 0;
}

static int damaged(const char *what, struct error *err)
{
	return error_set(err, ERR_FORMAT, "the qcow2 image is damaged: %s", what);
}

static int other_kind(const char *what, struct error *err)
{
	return error_set(err, ERR_UNSUPPORTED, "a qcow2 image %s", what);
}

static int check_kind(const uint8_t *h, struct error *err)
{
	if (memcmp(h, "QFI\373", 4) != 0)
		return error_set(err, ERR_FORMAT, "no qcow2 image");
	if (get_be32(h + 4) != 3 || get_be32(h + 20) != CLUSTER_BITS)
		return other_kind("of another version or cluster size", err);
	if (get_be32(h + 32) || get_be32(h + 60))
		return other_kind("with encryption or snapshots", err);
	if (get_be64(h + 72) & ~FEATURE_COMPRESSION)
		return other_kind("with a data file, or one that was not closed", err);
	return 0;
}

static char *get_text(const uint8_t *h, uint64_t at, uint64_t len)
{
	return at && len && len <= NAME_MAX_LEN && at <= HEADER_MAX - NAME_MAX_LEN
		       ? xstrndup((const char *)h + at, (size_t)len) : NULL;
}

/* The extension that names the backing file's format. */
static char *get_backing_format(const uint8_t *h, uint32_t header_length)
{
	uint64_t at = header_length;

	while (at + 8 <= HEADER_MAX) {
		uint32_t type = get_be32(h + at), len = get_be32(h + at + 4);

		if (type == EXTENSION_BACKING_FORMAT)
			return get_text(h, at + 8, len);
		if (type == 0 || len > HEADER_MAX)
			return NULL;
		at += 8 + ((uint64_t)len + 7) / 8 * 8;
	}
	return NULL;
}

static int read_backing(struct qcow2_layer *l, const uint8_t *h, uint32_t header_length,
			struct error *err)
{
	uint64_t at = get_be64(h + 8);

	if (at == 0)
		return 0;
	l->backing = get_text(h, at, get_be32(h + 16));
	l->backing_format = get_backing_format(h, header_length);
	if (!l->backing || !l->backing_format)
		return other_kind("that does not say what it stands on", err);
	return 0;
}

static int read_l1(struct qcow2_layer *l, uint64_t offset, uint64_t n, struct error *err)
{
	const uint64_t covered = (uint64_t)QCOW2_CLUSTER * QCOW2_TABLE;

	if (n > L1_MAX || n < l->size / covered + (l->size % covered != 0))
		return damaged("the first-level table has a wrong size", err);
	if (offset % QCOW2_CLUSTER || offset > l->length || n * 8 > l->length - offset)
		return damaged("the first-level table lies outside", err);
	l->n_l1 = (size_t)n;
	l->l1 = xcalloc((size_t)n + 1, 8);
	if (read_at(l, offset, l->l1, (size_t)n * 8, err) < 0)
		return -1;
	for (size_t i = 0; i < l->n_l1; i++)
		l->l1[i] = be64toh(l->l1[i]);
	l->table = xcalloc(QCOW2_TABLE, 8);
	l->table_index = l->n_l1;
	return 0;
}

static int read_header(struct qcow2_layer *l, struct error *err)
{
	CLEANUP_FREE uint8_t *h = xmalloc(HEADER_MAX);
	uint32_t header_length;

	if (l->length < HEADER_MIN)
		return error_set(err, ERR_FORMAT, "no qcow2 image");
	if (read_at(l, 0, h, HEADER_MAX, err) < 0 || check_kind(h, err) < 0)
		return -1;
	header_length = get_be32(h + 100);
	l->size = get_be64(h + 24);
	if (l->size == 0 || l->size > INT64_MAX || header_length < HEADER_MIN)
		return damaged("its size is impossible", err);
	l->zstd = (get_be64(h + 72) & FEATURE_COMPRESSION) && header_length > HEADER_MIN &&
		  h[HEADER_MIN] == COMPRESSION_ZSTD;
	if (read_backing(l, h, header_length, err) < 0)
		return -1;
	return read_l1(l, get_be64(h + 40), get_be32(h + 36), err);
}

static int load_table(struct qcow2_layer *l, uint64_t index, struct error *err)
{
	uint64_t offset = l->l1[index] & OFFSET_MASK;

	if (index == l->table_index)
		return 0;
	if (offset % QCOW2_CLUSTER || offset > l->length || l->length - offset < QCOW2_CLUSTER)
		return damaged("a mapping table lies outside", err);
	l->table_index = l->n_l1;
	if (read_at(l, offset, l->table, QCOW2_CLUSTER, err) < 0)
		return -1;
	l->table_index = index;
	return 0;
}

static int find_packed(const struct qcow2_layer *l, uint64_t entry, struct qcow2_spot *ret,
		       struct error *err)
{
	uint64_t offset = entry & PACKED_OFFSET_MASK;
	uint64_t sectors = (entry & ~FLAG_COMPRESSED) >> SECTORS_SHIFT & 0xff;

	if (!l->zstd)
		return other_kind("with clusters that are not compressed with zstd", err);
	if (offset < QCOW2_CLUSTER || offset >= l->length)
		return damaged("a cluster lies outside", err);
	*ret = (struct qcow2_spot){ SPOT_PACKED, offset,
				    (uint32_t)((sectors + 1) * 512 - offset % 512) };
	return 0;
}

int qcow2_layer_find(struct qcow2_layer *l, uint64_t cluster, struct qcow2_spot *ret,
		     struct error *err)
{
	uint64_t index = cluster / QCOW2_TABLE, entry, offset;

	*ret = (struct qcow2_spot){ SPOT_ABSENT, 0, 0 };
	if (cluster >= l->size / QCOW2_CLUSTER + (l->size % QCOW2_CLUSTER != 0) ||
	    !(l->l1[index] & OFFSET_MASK))
		return 0;
	if (load_table(l, index, err) < 0)
		return -1;
	entry = be64toh(l->table[cluster % QCOW2_TABLE]);
	if (entry & FLAG_COMPRESSED)
		return find_packed(l, entry, ret, err);
	offset = entry & OFFSET_MASK;
	if (entry & FLAG_ZERO)
		ret->kind = SPOT_ZERO;
	else if (offset)
		*ret = (struct qcow2_spot){ SPOT_PLAIN, offset, QCOW2_CLUSTER };
	if (offset % QCOW2_CLUSTER)
		return damaged("a cluster lies at an impossible place", err);
	return 0;
}

uint64_t qcow2_layer_skip(const struct qcow2_layer *l, uint64_t cluster)
{
	uint64_t index = cluster / QCOW2_TABLE;

	if (index >= l->n_l1 || (l->l1[index] & OFFSET_MASK))
		return index >= l->n_l1 ? UINT64_MAX : cluster;
	while (index < l->n_l1 && !(l->l1[index] & OFFSET_MASK))
		index++;
	return index == l->n_l1 ? UINT64_MAX : index * QCOW2_TABLE;
}

/* Overlays of QEMU say "zlib", although nothing in them is compressed: look. */
static int check_unpacked(struct qcow2_layer *l, struct error *err)
{
	for (uint64_t i = 0; !l->zstd && i < l->n_l1; i++) {
		if (!(l->l1[i] & OFFSET_MASK))
			continue;
		if (load_table(l, i, err) < 0)
			return -1;
		for (size_t k = 0; k < QCOW2_TABLE; k++)
			if (be64toh(l->table[k]) & FLAG_COMPRESSED)
				return other_kind("compressed with zlib", err);
	}
	return 0;
}

int qcow2_layer_open(struct qcow2_layer *ret, int fd, uint64_t start, uint64_t length,
		     struct error *err)
{
	struct qcow2_layer l CLEANUP_QCOW2_LAYER = { .fd = fd, .start = start, .length = length };

	if (read_header(&l, err) < 0 || check_unpacked(&l, err) < 0)
		return -1;
	*ret = l;
	l = (struct qcow2_layer)QCOW2_LAYER_INIT;
	return 0;
}

void qcow2_layer_clear(struct qcow2_layer *l)
{
	free(l->backing);
	free(l->backing_format);
	free(l->l1);
	free(l->table);
	*l = (struct qcow2_layer)QCOW2_LAYER_INIT;
}

struct qcow2_decoder {
	ZSTD_DCtx *zstd;
	uint8_t packed[QCOW2_PACKED_MAX];
};

struct qcow2_decoder *qcow2_decoder_new(void)
{
	struct qcow2_decoder *d = xmalloc(sizeof(*d));

	d->zstd = ZSTD_createDCtx();
	if (!d->zstd)
		abort();
	return d;
}

void qcow2_decoder_free(struct qcow2_decoder *d)
{
	if (d)
		ZSTD_freeDCtx(d->zstd);
	free(d);
}

static int unpack(const struct qcow2_layer *l, const struct qcow2_spot *spot,
		  struct qcow2_decoder *d, uint8_t *data, size_t *ret_len, struct error *err)
{
	size_t len, got;

	if (read_at(l, spot->offset, d->packed, spot->len, err) < 0)
		return -1;
	len = ZSTD_findFrameCompressedSize(d->packed, spot->len);
	got = ZSTD_isError(len) ? len
				: ZSTD_decompressDCtx(d->zstd, data, QCOW2_CLUSTER, d->packed, len);
	if (ZSTD_isError(got) || got != QCOW2_CLUSTER)
		return error_set(err, ERR_INTEGRITY,
				 "the compressed cluster at byte %" PRIu64 " of the image is damaged",
				 spot->offset);
	*ret_len = len;
	return 0;
}

int qcow2_layer_read(const struct qcow2_layer *l, uint64_t cluster, const struct qcow2_spot *spot,
		     struct qcow2_decoder *decoder, uint8_t *data, const uint8_t **ret_packed,
		     size_t *ret_len, struct error *err)
{
	uint64_t begin = cluster * QCOW2_CLUSTER;
	uint64_t left = begin < l->size ? l->size - begin : 0;
	size_t inside = (size_t)MIN(left, (uint64_t)QCOW2_CLUSTER);

	*ret_packed = NULL;
	*ret_len = 0;
	if (spot->kind == SPOT_ZERO || spot->kind == SPOT_ABSENT) {
		memset(data, 0, QCOW2_CLUSTER);
		return 0;
	}
	if (spot->kind == SPOT_PLAIN) {
		if (read_at(l, spot->offset, data, inside, err) < 0)
			return -1;
	} else {
		if (unpack(l, spot, decoder, data, ret_len, err) < 0)
			return -1;
		if (inside == QCOW2_CLUSTER)
			*ret_packed = decoder->packed;
	}
	memset(data + inside, 0, QCOW2_CLUSTER - inside);
	return 0;
}
