// SPDX-License-Identifier: GPL-2.0-or-later
/* Bundles: a further signature on one that is there; all else is copied as it is. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/bundle_docs.h"
#include "lib/bundle_private.h"
#include "lib/tar.h"

static int by_offset(const void *a, const void *b)
{
	const struct tar_entry *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Index and signature stand together, so that one pass can look at them first. */
static int copy_entries(struct tar_writer *tar, const struct bundle *b, struct tar_list *list,
			const struct secret_key *key, struct error *err)
{
	qsort(list->entries, list->n_entries, sizeof(*list->entries), by_offset);
	for (size_t i = 0; i < list->n_entries; i++) {
		const struct tar_entry *e = &list->entries[i];
		CLEANUP_FREE char *index = NULL;

		if (bundle_put_range(tar, e->name, b, e->offset, e->size, err) < 0)
			return -1;
		if (strcmp(e->name, OCI_INDEX_NAME) != 0)
			continue;
		index = xmalloc((size_t)e->size);
		if (bundle_read_at(b, e->offset, index, (size_t)e->size, err) < 0 ||
		    bundle_put_signature(tar, b, index, (size_t)e->size, key, err) < 0)
			return -1;
	}
	return 0;
}

int bundle_sign(const struct bundle *b, const struct secret_key *key, const char *path,
		struct error *err)
{
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
	struct tar_writer tar = TAR_WRITER_INIT;
	struct tar_list list CLEANUP_TAR_LIST = TAR_LIST_INIT;
	char id[KEY_ID_HEX_SIZE];

	key_id_text(key->pub.id, id);
	for (size_t i = 0; i < b->n_signers; i++)
		if (strcmp(b->signers[i].key_id, id) == 0)
			return error_set(err, ERR_EXISTS, "'%s' is signed by key %s already",
					 b->path, id);
	if (b->n_signers == BUNDLE_SIGNERS_MAX)
		return error_set(err, ERR_REFUSED, "'%s' has %d signatures already", b->path,
				 BUNDLE_SIGNERS_MAX);
	if (tar_scan(&list, &b->data, b->path, err) < 0 ||
	    outfile_open(&out, path, OUTFILE_NEW, err) < 0)
		return -1;
	tar_begin(&tar, fileno(out.f), path);
	if (copy_entries(&tar, b, &list, key, err) < 0 || tar_end(&tar, err) < 0)
		return -1;
	return outfile_commit(&out, err);
}
