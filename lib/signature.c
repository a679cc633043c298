// SPDX-License-Identifier: GPL-2.0-or-later
/* Signatures: what minisign writes for a text, made and checked with libsodium. */
#include "config.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"
#include "lib/signature.h"

#define UNTRUSTED "untrusted comment: "
#define TRUSTED "trusted comment: "

/* The binary form behind the untrusted comment. */
struct packed_signature {
	uint8_t algorithm[2];		/* "ED": of the digest, "Ed": of the text */
	uint8_t id[8];
	uint8_t sig[crypto_sign_BYTES];
} __attribute__((packed));

enum { HASH_SIZE = 64 };

static void hash_text(const void *data, size_t len, uint8_t ret[HASH_SIZE])
{
	if (sodium_init() < 0)
		abort();
	crypto_generichash(ret, HASH_SIZE, data, len, NULL, 0);
}

void key_id_text(const uint8_t id[8], char ret[KEY_ID_HEX_SIZE])
{
	uint64_t number = 0;

	for (int i = 7; i >= 0; i--)
		number = number << 8 | id[i];
	snprintf(ret, KEY_ID_HEX_SIZE, "%016" PRIX64, number);
}

static char *to_base64(const void *data, size_t len)
{
	size_t room = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
	char *text = xmalloc(room);

	return sodium_bin2base64(text, room, data, len, sodium_base64_VARIANT_ORIGINAL);
}

char *signature_make(const struct secret_key *key, const void *data, size_t len,
		     const char *trusted_comment)
{
	struct packed_signature packed = { .algorithm = { 'E', 'D' } };
	size_t comment_len = strlen(trusted_comment);
	CLEANUP_FREE uint8_t *covered = xmalloc(crypto_sign_BYTES + comment_len);
	CLEANUP_FREE char *first = NULL, *second = NULL;
	uint8_t hash[HASH_SIZE], global[crypto_sign_BYTES];
	char id[KEY_ID_HEX_SIZE];

	hash_text(data, len, hash);
	memcpy(packed.id, key->pub.id, sizeof(packed.id));
	crypto_sign_detached(packed.sig, NULL, hash, sizeof(hash), key->key);
	memcpy(covered, packed.sig, crypto_sign_BYTES);
	memcpy(covered + crypto_sign_BYTES, trusted_comment, comment_len);
	crypto_sign_detached(global, NULL, covered, crypto_sign_BYTES + comment_len, key->key);
	first = to_base64(&packed, sizeof(packed));
	second = to_base64(global, sizeof(global));
	key_id_text(key->pub.id, id);
	return xasprintf(SIGNATURE_FIRST_LINE "%s\n" TRUSTED "%s\n%s\n", id, first,
			 trusted_comment, second);
}

static bool has_prefix(const char *line, const char *prefix)
{
	return strncmp(line, prefix, strlen(prefix)) == 0;
}

/* Decoders forgive some characters that no encoder writes: only one spelling is accepted. */
static bool decode(const char *text, void *ret, size_t len)
{
	CLEANUP_FREE char *again = NULL;
	size_t got = 0;

	if (sodium_base642bin(ret, len, text, strlen(text), NULL, &got, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0 || got != len)
		return false;
	again = to_base64(ret, len);
	return strcmp(again, text) == 0;
}

/* Exactly four lines; an empty or a further line is no part of the format. */
static bool split_lines(struct strv *ret, const char *text, size_t len)
{
	CLEANUP_FREE char *copy = NULL;

	if (len == 0 || len > KEY_TEXT_MAX || memchr(text, '\0', len) ||
	    memchr(text, '\r', len) || text[len - 1] != '\n')
		return false;
	copy = xstrndup(text, len);
	if (strstr(copy, "\n\n"))
		return false;
	strv_split(ret, copy, "\n");
	return ret->n == 4;
}

int signature_parse(struct signature *ret, const char *text, size_t len, struct error *err)
{
	struct strv lines CLEANUP_STRV = STRV_INIT;
	struct packed_signature packed;
	struct signature sig = SIGNATURE_INIT;

	if (!split_lines(&lines, text, len) || !has_prefix(lines.v[0], UNTRUSTED) ||
	    !has_prefix(lines.v[2], TRUSTED))
		return error_set(err, ERR_FORMAT, "not a signature in the form of minisign");
	if (!decode(lines.v[1], &packed, sizeof(packed)) ||
	    !decode(lines.v[3], sig.global_sig, sizeof(sig.global_sig)))
		return error_set(err, ERR_FORMAT, "a line of the signature is not base 64");
	if (packed.algorithm[0] != 'E' || (packed.algorithm[1] != 'D' && packed.algorithm[1] != 'd'))
		return error_set(err, ERR_UNSUPPORTED, "the signature is not Ed25519");
	if (strlen(lines.v[2]) - strlen(TRUSTED) > KEY_COMMENT_MAX)
		return error_set(err, ERR_FORMAT, "the signature's comment is too long");
	sig.prehashed = packed.algorithm[1] == 'D';
	memcpy(sig.id, packed.id, sizeof(sig.id));
	memcpy(sig.sig, packed.sig, sizeof(sig.sig));
	sig.trusted_comment = xstrdup(lines.v[2] + strlen(TRUSTED));
	*ret = sig;
	return 0;
}

static bool comment_is_signed(const struct signature *sig, const struct public_key *key)
{
	size_t comment_len = strlen(sig->trusted_comment);
	CLEANUP_FREE uint8_t *covered = xmalloc(crypto_sign_BYTES + comment_len);

	memcpy(covered, sig->sig, crypto_sign_BYTES);
	memcpy(covered + crypto_sign_BYTES, sig->trusted_comment, comment_len);
	return crypto_sign_verify_detached(sig->global_sig, covered,
					   crypto_sign_BYTES + comment_len, key->key) == 0;
}

int signature_verify(const struct signature *sig, const struct public_key *key, const void *data,
		     size_t len, struct error *err)
{
	uint8_t hash[HASH_SIZE];
	char id[KEY_ID_HEX_SIZE];
	bool good;

	hash_text(data, len, hash);
	key_id_text(key->id, id);
	if (sodium_memcmp(sig->id, key->id, sizeof(sig->id)) != 0)
		return error_set(err, ERR_INTEGRITY, "the signature is not by key %s", id);
	if (sig->prehashed)
		good = crypto_sign_verify_detached(sig->sig, hash, sizeof(hash), key->key) == 0;
	else
		good = crypto_sign_verify_detached(sig->sig, data, len, key->key) == 0;
	if (!good)
		return error_set(err, ERR_INTEGRITY, "the signature by key %s does not match", id);
	if (!comment_is_signed(sig, key))
		return error_set(err, ERR_INTEGRITY,
				 "the comment of the signature by key %s was changed", id);
	return 0;
}

void signature_clear(struct signature *sig)
{
	free(sig->trusted_comment);
	*sig = (struct signature)SIGNATURE_INIT;
}
