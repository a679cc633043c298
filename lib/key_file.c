// SPDX-License-Identifier: GPL-2.0-or-later
/* Key files: the secret and public keys of minisign on disk. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/strv.h"
#include "lib/signature.h"

/* What a passphrase hides. */
struct hidden {
	uint8_t id[8];
	uint8_t key[crypto_sign_SECRETKEYBYTES];
	uint8_t check[32];		/* BLAKE2b of algorithm, id and key */
} __attribute__((packed));

struct packed_secret {
	uint8_t algorithm[2];		/* "Ed"                              */
	uint8_t kdf[2];			/* "Sc": scrypt, 0 0: not encrypted  */
	uint8_t checksum[2];		/* "B2"                              */
	uint8_t salt[crypto_pwhash_scryptsalsa208sha256_SALTBYTES];
	uint8_t ops[8], memory[8];	/* limits of scrypt, little endian   */
	struct hidden hidden;		/* xor the stream of scrypt          */
} __attribute__((packed));

struct packed_public {
	uint8_t algorithm[2];
	struct public_key key;
} __attribute__((packed));

/* Work of scrypt: what is written, and the most that a file may ask for. */
static const uint64_t new_ops = UINT64_C(1) << 22;
static const uint64_t new_memory = UINT64_C(128) << 20;
static const uint64_t max_ops = crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE;
static const uint64_t max_memory = crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE;

static void store_le64(uint8_t ret[8], uint64_t n)
{
	for (int i = 0; i < 8; i++)
		ret[i] = (uint8_t)(n >> 8 * i);
}

static uint64_t load_le64(const uint8_t bytes[8])
{
	uint64_t n = 0;

	for (int i = 7; i >= 0; i--)
		n = n << 8 | bytes[i];
	return n;
}

static void checksum(const struct hidden *hidden, uint8_t ret[32])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, 32);
	crypto_generichash_update(&state, (const uint8_t *)"Ed", 2);
	crypto_generichash_update(&state, hidden->id, sizeof(hidden->id));
	crypto_generichash_update(&state, hidden->key, sizeof(hidden->key));
	crypto_generichash_final(&state, ret, 32);
}

/* Xor hides and uncovers alike. */
static int apply_passphrase(struct packed_secret *packed, const char *passphrase, struct error *err)
{
	uint8_t stream[sizeof(struct hidden)], *bytes = (uint8_t *)&packed->hidden;

	if (crypto_pwhash_scryptsalsa208sha256(stream, sizeof(stream), passphrase,
					       strlen(passphrase), packed->salt,
					       load_le64(packed->ops),
					       load_le64(packed->memory)) < 0)
		return error_set(err, ERR_SYSTEM, "not enough memory for the passphrase's key");
	for (size_t i = 0; i < sizeof(stream); i++)
		bytes[i] ^= stream[i];
	sodium_memzero(stream, sizeof(stream));
	return 0;
}

int secret_key_new(struct secret_key *ret, struct error *err)
{
	if (sodium_init() < 0)
		return error_set(err, ERR_SYSTEM, "no source of random numbers");
	randombytes_buf(ret->pub.id, sizeof(ret->pub.id));
	crypto_sign_keypair(ret->pub.key, ret->key);
	return 0;
}

void secret_key_wipe(struct secret_key *key)
{
	sodium_memzero(key, sizeof(*key));
}

static int write_private(const char *path, const void *data, size_t len, struct error *err)
{
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;

	if (outfile_open(&out, path, OUTFILE_NEW, err) < 0)
		return -1;
	if (fchmod(fileno(out.f), 0600) < 0)
		return error_sys(err, errno, "protect '%s'", path);
	setvbuf(out.f, NULL, _IONBF, 0);
	if (fwrite(data, 1, len, out.f) != len)
		return error_sys(err, errno, "write '%s'", path);
	return outfile_commit(&out, err);
}

static char *packed_text(const char *what, const uint8_t id[8], const void *data, size_t len)
{
	size_t room = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
	CLEANUP_FREE char *base64 = xmalloc(room);
	char number[KEY_ID_HEX_SIZE];
	char *text;

	sodium_bin2base64(base64, room, data, len, sodium_base64_VARIANT_ORIGINAL);
	key_id_text(id, number);
	text = xasprintf("untrusted comment: rehost %s key %s\n%s\n", what, number, base64);
	sodium_memzero(base64, room);
	return text;
}

int secret_key_write(const struct secret_key *key, const char *path, const char *passphrase,
		     struct error *err)
{
	struct packed_secret packed = { .algorithm = "Ed", .checksum = "B2" };
	char *text = NULL;
	int rc = 0;

	memcpy(packed.hidden.id, key->pub.id, sizeof(key->pub.id));
	memcpy(packed.hidden.key, key->key, sizeof(key->key));
	checksum(&packed.hidden, packed.hidden.check);
	if (passphrase) {
		memcpy(packed.kdf, "Sc", 2);
		randombytes_buf(packed.salt, sizeof(packed.salt));
		store_le64(packed.ops, new_ops);
		store_le64(packed.memory, new_memory);
		rc = apply_passphrase(&packed, passphrase, err);
	}
	if (rc == 0) {
		text = packed_text("secret", key->pub.id, &packed, sizeof(packed));
		rc = write_private(path, text, strlen(text), err);
		sodium_memzero(text, strlen(text));
	}
	sodium_memzero(&packed, sizeof(packed));
	free(text);
	return rc;
}

/* The line of base 64: the second one behind a comment, or the only one. */
static bool decode_file(const char *text, void *ret, size_t len)
{
	struct strv lines CLEANUP_STRV = STRV_INIT;
	size_t got = 0, at;
	bool good;

	strv_split(&lines, text, "\r\n");
	if (lines.n == 0 || lines.n > 2)
		return false;
	at = lines.n - 1;
	if (at == 1 && strncmp(lines.v[0], "untrusted comment:", 18) != 0)
		return false;
	good = sodium_base642bin(ret, len, lines.v[at], strlen(lines.v[at]), NULL, &got, NULL,
				 sodium_base64_VARIANT_ORIGINAL) == 0 && got == len;
	sodium_memzero(lines.v[at], strlen(lines.v[at]));
	return good;
}

static int check_mode(const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return error_sys(err, errno, "open '%s'", path);
	if (S_ISREG(st.st_mode) && (st.st_mode & 077)) {
		error_set(err, ERR_REFUSED, "others may read the secret key '%s'", path);
		return error_hint(err, "run 'chmod 600 %s'; if it was readable for long, make a "
				  "new key", path);
	}
	return 0;
}

static int read_packed(const char *path, struct packed_secret *ret, struct error *err)
{
	char *text = NULL;
	size_t len = 0;
	bool good;

	if (check_mode(path, err) < 0 || file_read(path, KEY_TEXT_MAX, &text, &len, err) < 0)
		return -1;
	good = decode_file(text, ret, sizeof(*ret)) && memcmp(ret->algorithm, "Ed", 2) == 0 &&
	       memcmp(ret->checksum, "B2", 2) == 0;
	sodium_memzero(text, len);
	free(text);
	if (good)
		return 0;
	error_set(err, ERR_FORMAT, "'%s' is not a secret key", path);
	return error_hint(err, "'rehost key new' and 'minisign -G' make one");
}

static bool is_encrypted(const struct packed_secret *packed)
{
	return packed->kdf[0] || packed->kdf[1];
}

static int uncover(struct packed_secret *packed, const char *path, passphrase_fn ask, void *data,
		   struct error *err)
{
	char *passphrase;
	int rc;

	if (memcmp(packed->kdf, "Sc", 2) != 0)
		return error_set(err, ERR_UNSUPPORTED, "'%s' is encrypted in an unknown way", path);
	if (load_le64(packed->ops) > max_ops || load_le64(packed->memory) > max_memory)
		return error_set(err, ERR_FORMAT, "'%s' asks for too much work", path);
	if (!ask)
		return error_set(err, ERR_REFUSED, "'%s' is protected by a passphrase", path);
	passphrase = ask(path, data, err);
	if (!passphrase)
		return -1;
	rc = apply_passphrase(packed, passphrase, err);
	sodium_memzero(passphrase, strlen(passphrase));
	free(passphrase);
	return rc;
}

/* minisign leaves the checksum of a key in the clear empty; the second half of a key, which is the
 * public one, follows from the first. */
static bool is_intact(const struct hidden *hidden)
{
	static const uint8_t empty[sizeof(hidden->check)];
	uint8_t check[sizeof(hidden->check)], public[crypto_sign_PUBLICKEYBYTES];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	bool same;

	checksum(hidden, check);
	if (sodium_memcmp(check, hidden->check, sizeof(check)) != 0 &&
	    sodium_memcmp(empty, hidden->check, sizeof(empty)) != 0)
		return false;
	crypto_sign_seed_keypair(public, secret, hidden->key);
	same = sodium_memcmp(secret, hidden->key, sizeof(secret)) == 0;
	sodium_memzero(secret, sizeof(secret));
	return same;
}

static int unpack(const struct packed_secret *packed, const char *path, struct secret_key *ret,
		  struct error *err)
{
	if (!is_intact(&packed->hidden)) {
		if (!is_encrypted(packed))
			return error_set(err, ERR_FORMAT, "the secret key '%s' is damaged", path);
		error_set(err, ERR_REFUSED, "the passphrase does not open '%s'", path);
		return error_hint(err, "try again; without it the key is lost");
	}
	memcpy(ret->pub.id, packed->hidden.id, sizeof(ret->pub.id));
	memcpy(ret->key, packed->hidden.key, sizeof(ret->key));
	crypto_sign_ed25519_sk_to_pk(ret->pub.key, ret->key);
	return 0;
}

int secret_key_read(struct secret_key *ret, const char *path, passphrase_fn ask, void *data,
		    struct error *err)
{
	struct packed_secret packed;
	int rc = read_packed(path, &packed, err);

	if (rc == 0 && sodium_init() < 0)
		abort();
	if (rc == 0 && is_encrypted(&packed))
		rc = uncover(&packed, path, ask, data, err);
	if (rc == 0)
		rc = unpack(&packed, path, ret, err);
	sodium_memzero(&packed, sizeof(packed));
	return rc;
}

char *public_key_text(const struct public_key *key)
{
	struct packed_public packed = { { 'E', 'd' }, *key };
	size_t room = sodium_base64_encoded_len(sizeof(packed), sodium_base64_VARIANT_ORIGINAL);

	return sodium_bin2base64(xmalloc(room), room, (const uint8_t *)&packed, sizeof(packed),
				 sodium_base64_VARIANT_ORIGINAL);
}

int public_key_write(const struct public_key *key, const char *path, struct error *err)
{
	struct packed_public packed = { { 'E', 'd' }, *key };
	CLEANUP_FREE char *text = packed_text("public", key->id, &packed, sizeof(packed));

	return file_write(path, text, strlen(text), OUTFILE_NEW, err);
}

int public_key_parse(struct public_key *ret, const char *text, struct error *err)
{
	struct packed_public packed;

	if (!decode_file(text, &packed, sizeof(packed)) || memcmp(packed.algorithm, "Ed", 2) != 0)
		return error_set(err, ERR_FORMAT, "not a public key");
	*ret = packed.key;
	return 0;
}

int public_key_read(struct public_key *ret, const char *path, struct error *err)
{
	CLEANUP_FREE char *text = NULL;

	if (file_read(path, KEY_TEXT_MAX, &text, NULL, err) < 0)
		return -1;
	if (public_key_parse(ret, text, err) < 0)
		return error_wrap(err, "'%s'", path);
	return 0;
}
