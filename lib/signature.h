/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_SIGNATURE_H
#define REHOST_SIGNATURE_H

/*
 * Ed25519 keys and signatures in the files of minisign, which reads what we write and the other way
 * round. A signature covers the BLAKE2b-512 digest of the text, and a second one covers the first
 * together with the trusted comment.
 *
 * Source: minisign(1); https://jedisct1.github.io/minisign/, "Signature format", "Secret key format".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

enum {
	KEY_ID_HEX_SIZE = 17,		/* 16 digits and the 0 byte                    */
	KEY_TEXT_MAX = 4096,		/* a larger key or signature file is refused [bytes] */
	KEY_COMMENT_MAX = 1024,		/* a longer comment is refused         [bytes] */
};

/* How a signature that is made here begins; the number of the key goes into it. */
#define SIGNATURE_FIRST_LINE "untrusted comment: signature by key %s\n"

struct public_key {
	uint8_t id[8];
	uint8_t key[32];
};

struct secret_key {
	struct public_key pub;
	uint8_t key[64];
};

struct signature {
	uint8_t id[8];			/* of the key that made it                     */
	bool prehashed;			/* of the digest; else the older form, of the text itself */
	uint8_t sig[64];
	uint8_t global_sig[64];
	char *trusted_comment;
};

#define SIGNATURE_INIT { .trusted_comment = NULL }

/** key_id_text - "E7620F1842B4E81F", as minisign writes it */
void key_id_text(const uint8_t id[8], char ret[KEY_ID_HEX_SIZE]);

/** secret_key_new - a new random key */
int secret_key_new(struct secret_key *ret, struct error *err);

/**
 * secret_key_write - write a key file with mode 0600
 * @key:        the key
 * @path:       must not exist
 * @passphrase: encrypts it; NULL: stored in the clear
 */
int secret_key_write(const struct secret_key *key, const char *path, const char *passphrase,
		     struct error *err);

/* Asked for when a key file is encrypted: returns the passphrase, which the callee frees, or NULL with
 * @err set. */
typedef char *(*passphrase_fn)(const char *path, void *data, struct error *err);

/**
 * secret_key_read - read a key file
 * @path: refused with ERR_REFUSED if others may read it
 * @ask:  called only when it is encrypted; NULL: an encrypted key is refused
 * @data: for @ask
 * @err:  ERR_REFUSED if the passphrase is wrong
 */
int secret_key_read(struct secret_key *ret, const char *path, passphrase_fn ask, void *data,
		    struct error *err);

/** secret_key_wipe - overwrite a key in memory */
void secret_key_wipe(struct secret_key *key);

#define CLEANUP_SECRET_KEY __attribute__((cleanup(secret_key_wipe)))

/** public_key_text - the one line that people pass on: "RWQ…"; the caller frees it */
char *public_key_text(const struct public_key *key);

/** public_key_write - a file NAME.pub, two lines */
int public_key_write(const struct public_key *key, const char *path, struct error *err);

/** public_key_parse - the line alone, or a whole file with its comment */
int public_key_parse(struct public_key *ret, const char *text, struct error *err);
int public_key_read(struct public_key *ret, const char *path, struct error *err);

/**
 * signature_make - sign a text
 * @key:             who signs
 * @data:            what is signed
 * @trusted_comment: one line that the signature covers too
 *
 * Return: the text of a .minisig file, always the same for the same input; the caller frees it.
 */
char *signature_make(const struct secret_key *key, const void *data, size_t len,
		     const char *trusted_comment);

/** signature_parse - read the text of a .minisig file; nothing is verified */
int signature_parse(struct signature *ret, const char *text, size_t len, struct error *err);

/** signature_verify - is @sig, comment included, made by @key over @data? ERR_INTEGRITY if not */
int signature_verify(const struct signature *sig, const struct public_key *key, const void *data,
		     size_t len, struct error *err);

void signature_clear(struct signature *sig);

#define CLEANUP_SIGNATURE __attribute__((cleanup(signature_clear)))

#endif
