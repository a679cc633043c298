/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BUNDLE_PRIVATE_H
#define REHOST_BUNDLE_PRIVATE_H

/* What the files of lib/bundle*.c share and nobody else needs. */

#include <stdlib.h>

#include "lib/bundle.h"
#include "lib/delta.h"
#include "lib/tar.h"

#define SIGNATURE_DIR "signatures/"
#define SIGNATURE_SUFFIX ".minisig"

enum { BUNDLE_BLOCK = 1 << 20 };	/* read and written at once [bytes] */

/* One pass over many files. */
struct bundle_pass {
	const struct bundle *b;
	struct progress *progress;
	uint64_t done;			/* for @progress */
	uint8_t *block;			/* BUNDLE_BLOCK  */
};

static inline void cleanup_bundle_pass(struct bundle_pass *pass)
{
	free(pass->block);
}

#define CLEANUP_PASS __attribute__((cleanup(cleanup_bundle_pass)))

/** bundle_pass_begin - begin a phase of that name over all files */
struct bundle_pass bundle_pass_begin(const struct bundle *b, const char *phase,
				     struct progress *progress);

/** bundle_pass_range - read a part of the archive, write it to @fd (-1: nowhere), take its digest */
int bundle_pass_range(struct bundle_pass *pass, uint64_t offset, uint64_t size, int fd,
		      char ret[DIGEST_HEX_SIZE], struct error *err);

/** bundle_pass_file - what the archive has of a file, verified: all of it, a delta, or nothing */
int bundle_pass_file(struct bundle_pass *pass, const struct bundle_file *f, int fd,
		     struct error *err);

/** bundle_not_matching - ERR_INTEGRITY for a file whose digest is another one */
int bundle_not_matching(const struct bundle *b, const char *path, struct error *err);

/** bundle_write_all - write to a file of the host; @path for messages */
int bundle_write_all(int fd, const uint8_t *data, size_t len, const char *path, struct error *err);

/** bundle_size_of_files - bytes of all files, UINT64_MAX if that is no number */
uint64_t bundle_size_of_files(const struct bundle *b);

/** bundle_digest_range - SHA-256 of a part of the archive */
int bundle_digest_range(const struct bundle *b, uint64_t offset, uint64_t size,
			char ret[DIGEST_HEX_SIZE], struct error *err);

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

/**
 * bundle_write_difference - of two bundles, the second as differences to the first
 * @old:  opened and verified
 * @path: the second one, whole and unsigned
 * @out:  the result, an open file
 */
struct outfile;
int bundle_write_difference(const struct bundle *old, const char *path, struct outfile *out,
			    const struct bundle_write_options *options, struct error *err);

/** bundle_put_docs - the first files of an archive: layout, index, signature, lists */
struct bundle_docs;
int bundle_put_docs(struct tar_writer *tar, const struct bundle *b, const struct bundle_docs *docs,
		    const struct secret_key *key, struct error *err);

/** bundle_put_range - the next file of an archive: @size bytes of @in from @offset on */
int bundle_put_range(struct tar_writer *tar, const char *name, const struct bundle *in,
		     uint64_t offset, uint64_t size, struct error *err);

/** bundle_put_signature - the next file of an archive: a signature by @key over the index */
int bundle_put_signature(struct tar_writer *tar, const struct bundle *b, const void *index,
			 size_t len, const struct secret_key *key, struct error *err);

#endif
