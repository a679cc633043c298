/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BUNDLE_PRIVATE_H
#define REHOST_BUNDLE_PRIVATE_H

/* What the files of lib/bundle*.c share and nobody else needs. */

#include "lib/bundle.h"
#include "lib/tar.h"

#define SIGNATURE_DIR "signatures/"
#define SIGNATURE_SUFFIX ".minisig"

enum { BUNDLE_BLOCK = 1 << 20 };	/* read and written at once [bytes] */

/** bundle_read_at - exactly @len bytes of the archive */
int bundle_read_at(const struct bundle *b, uint64_t offset, void *ret, size_t len,
		   struct error *err);

/**
 * bundle_add_signer - note who signed
 * @name: of the signature in the archive
 * @text: the signature
 * @ring: the pinned keys, or NULL
 * @err:  ERR_INTEGRITY if it is by a pinned key and does not match
 */
int bundle_add_signer(struct bundle *b, const char *name, const char *text, size_t len,
		      const struct keyring *ring, const void *index, size_t index_len,
		      struct error *err);

/**
 * bundle_check_tree - is what was extracted what a bundle may hold?
 * @dir: the folder
 * @err: ERR_REFUSED for a plan or guest that refers to a file outside, and for a disk that stands on
 *       another file or is of another size than its guest says
 */
int bundle_check_tree(const char *dir, struct error *err);

/** bundle_put_range - the next file of an archive: @size bytes of @in from @offset on */
int bundle_put_range(struct tar_writer *tar, const char *name, const struct bundle *in,
		     uint64_t offset, uint64_t size, struct error *err);

/** bundle_put_signature - the next file of an archive: a signature by @key over the index */
int bundle_put_signature(struct tar_writer *tar, const struct bundle *b, const void *index,
			 size_t len, const struct secret_key *key, struct error *err);

#endif
