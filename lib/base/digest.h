/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_DIGEST_H
#define REHOST_BASE_DIGEST_H

/* SHA-256 through libgcrypt, written as 64 lower-case hexadecimal digits. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

enum { DIGEST_SIZE = 32, DIGEST_HEX_SIZE = 65 };

struct digest {
	void *handle;		/* gcry_md_hd_t */
};

#define DIGEST_INIT { NULL }

/** digest_begin - start a new digest; digest_discard() or digest_end() frees it */
void digest_begin(struct digest *d);
void digest_add(struct digest *d, const void *data, size_t len);
void digest_end(struct digest *d, uint8_t ret[DIGEST_SIZE]);
void digest_discard(struct digest *d);

#define CLEANUP_DIGEST __attribute__((cleanup(digest_discard)))

/** digest_of - digest of one buffer */
void digest_of(const void *data, size_t len, uint8_t ret[DIGEST_SIZE]);

/** digest_hex_of - the same in hexadecimal; the caller frees it */
char *digest_hex_of(const void *data, size_t len);

/** digest_sha1_of - the SHA-1 of a buffer in hexadecimal, for formats that want it; to be freed */
char *digest_sha1_of(const void *data, size_t len);

/** crc32_of - the CRC-32 of IEEE 802.3, as in GPT and zlib */
uint32_t crc32_of(const void *data, size_t len);

void digest_to_hex(const uint8_t d[DIGEST_SIZE], char ret[DIGEST_HEX_SIZE]);
int digest_from_hex(const char *hex, uint8_t ret[DIGEST_SIZE], struct error *err);

/**
 * digest_file - digest of a whole file, in blocks, interruptible
 * @path:     the file
 * @ret:      digest in hexadecimal
 * @ret_size: its size, or NULL                        [bytes]
 */
int digest_file(const char *path, char ret[DIGEST_HEX_SIZE], uint64_t *ret_size,
		struct error *err);

#endif
