// SPDX-License-Identifier: GPL-2.0-or-later
/* Codes to type, and the keys that are made of them. */
#include "config.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/digest.h"
#include "lib/pairing.h"

enum { CODE_LETTERS = 8, KEY_MEMORY = 16 << 20, KEY_PASSES = 3 };

/* 32 signs; I, O, 0 and 1 look alike */
static const char signs[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/* Both sides know nothing else in common, so it is the same everywhere. */
static const unsigned char salt[crypto_pwhash_SALTBYTES] = "rehost serve, 1";

void pairing_new(char ret[PAIRING_CODE_SIZE])
{
	size_t at = 0;

	if (sodium_init() < 0)
		abort();
	for (size_t i = 0; i < CODE_LETTERS; i++) {
		if (i == CODE_LETTERS / 2)
			ret[at++] = '-';
		ret[at++] = signs[randombytes_uniform(sizeof(signs) - 1)];
	}
	ret[at] = '\0';
}

static int read_code(const char *text, char ret[CODE_LETTERS], struct error *err)
{
	size_t n = 0;

	for (const char *p = text; *p; p++) {
		char c = (char)toupper((unsigned char)*p);

		if (c == '-' || c == ' ')
			continue;
		if (!strchr(signs, c) || n == CODE_LETTERS) {
			n = 0;
			break;
		}
		ret[n++] = c;
	}
	if (n == CODE_LETTERS)
		return 0;
	error_set(err, ERR_USAGE, "'%s' is no code", text);
	return error_hint(err, "type the eight letters and digits that the old PC shows: XXXX-XXXX");
}

int pairing_keys(const char *code, char **ret, struct error *err)
{
	char letters[CODE_LETTERS], hex[DIGEST_HEX_SIZE];
	uint8_t key[DIGEST_SIZE];

	if (read_code(code, letters, err) < 0)
		return -1;
	if (sodium_init() < 0 ||
	    crypto_pwhash(key, sizeof(key), letters, sizeof(letters), salt, KEY_PASSES, KEY_MEMORY,
			  crypto_pwhash_ALG_ARGON2ID13) != 0)
		return error_set(err, ERR_SYSTEM, "not enough memory to make a key of the code");
	digest_to_hex(key, hex);
	*ret = xasprintf(PAIRING_USER ":%s\n", hex);
	sodium_memzero(key, sizeof(key));
	return 0;
}
