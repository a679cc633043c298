// SPDX-License-Identifier: GPL-2.0-or-later
/* Bundles: how much of a disk changed from one to another, as a guest sees it. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/bundle_private.h"
#include "lib/qcow2_chain.h"

/* One of the two disks. */
struct side {
	struct qcow2_chain chain;
	struct qcow2_decoder *decoder;
	uint8_t *data;			/* QCOW2_CLUSTER */
};

static void cleanup_side(struct side *s)
{
	qcow2_chain_clear(&s->chain);
	qcow2_decoder_free(s->decoder);
	free(s->data);
}

#define CLEANUP_SIDE __attribute__((cleanup(cleanup_side)))

static int open_side(const struct bundle *b, const struct bundle_file *f, struct side *ret,
		     struct error *err)
{
	char hex[DIGEST_HEX_SIZE];

	if (b->data.n != 1 || f->form != FORM_WHOLE)
		return error_set(err, ERR_UNSUPPORTED, "'%s' does not hold %s in one piece", b->path,
				 f->path);
	if (bundle_digest_range(b, f->offset, f->size, hex, err) < 0)
		return -1;
	if (strcmp(hex, f->digest) != 0)
		return bundle_not_matching(b, f->path, err);
	ret->decoder = qcow2_decoder_new();
	ret->data = xmalloc(QCOW2_CLUSTER);
	return qcow2_chain_of_file(&ret->chain, b->data.list[0].fd, f->offset, f->size, err);
}

static int read_side(struct side *s, uint64_t cluster, struct error *err)
{
	struct qcow2_place place;
	const uint8_t *packed;
	size_t len;

	if (qcow2_chain_find(&s->chain, cluster, &place, err) < 0)
		return -1;
	return qcow2_chain_read(&s->chain, cluster, &place, s->decoder, s->data, &packed, &len, err);
}

static uint64_t clusters(const struct side *s)
{
	return (s->chain.size - 1) / QCOW2_CLUSTER + 1;
}

/* Where both are zeros nothing is read. */
static uint64_t skip(struct side *a, struct side *b, uint64_t cluster)
{
	uint64_t at = cluster * QCOW2_CLUSTER;
	uint64_t in_a = at < a->chain.size ? qcow2_chain_zeros(&a->chain, at) : UINT64_MAX;
	uint64_t in_b = at < b->chain.size ? qcow2_chain_zeros(&b->chain, at) : UINT64_MAX;

	return MIN(in_a, in_b) / QCOW2_CLUSTER;
}

int bundle_compare_disks(const struct bundle *a, const struct bundle_file *disk_a,
			 const struct bundle *b, const struct bundle_file *disk_b,
			 uint64_t *ret_changed, uint64_t *ret_total, struct error *err)
{
	struct side one CLEANUP_SIDE = { QCOW2_CHAIN_INIT, NULL, NULL };
	struct side two CLEANUP_SIDE = { QCOW2_CHAIN_INIT, NULL, NULL };
	uint64_t total, changed = 0;

	if (open_side(a, disk_a, &one, err) < 0 || open_side(b, disk_b, &two, err) < 0)
		return -1;
	total = MAX(clusters(&one), clusters(&two));
	for (uint64_t i = 0; i < total; i++) {
		i += skip(&one, &two, i);
		if (i >= total)
			break;
		if (interrupt_check(err) < 0 || read_side(&one, i, err) < 0 ||
		    read_side(&two, i, err) < 0)
			return -1;
		changed += memcmp(one.data, two.data, QCOW2_CLUSTER) != 0;
	}
	*ret_changed = changed;
	*ret_total = total;
	return 0;
}
