/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_KEYRING_H
#define REHOST_KEYRING_H

/*
 * The public keys that this host trusts: every file NAME.pub in a folder of pinned keys. NAME is whom
 * the key belongs to.
 */

#include <stddef.h>

#include "lib/base/error.h"
#include "lib/signature.h"

#define KEYRING_SYSTEM_DIR "/etc/rehost/keys"
#define PUBLIC_KEY_SUFFIX ".pub"
#define SECRET_KEY_SUFFIX ".key"

enum { KEYRING_MAX = 256 };	/* more pinned keys than this are refused */

struct keyring_entry {
	char *name;		/* of the file, without folder and ".pub" */
	char *path;
	struct public_key key;
};

struct keyring {
	struct keyring_entry *keys;	/* sorted by folder, then name */
	size_t n_keys;
};

#define KEYRING_INIT { NULL, 0 }

/** keyring_user_dir - ~/.config/rehost/keys (or below XDG_CONFIG_HOME); the caller frees it */
char *keyring_user_dir(void);

/**
 * keyring_load - read the pinned keys
 * @ret: keyring_clear() frees it
 * @dir: the only folder to read; NULL: KEYRING_SYSTEM_DIR, then the user's folder. Those two may be
 *       missing, @dir may not
 * @err: names the file that is no public key
 */
int keyring_load(struct keyring *ret, const char *dir, struct error *err);

/** keyring_find - the pinned key with this number, or NULL */
const struct keyring_entry *keyring_find(const struct keyring *ring, const uint8_t id[8]);

/** keyring_pin - write @key as NAME.pub into @dir, which is made; ERR_EXISTS if NAME is taken */
int keyring_pin(const char *dir, const char *name, const struct public_key *key,
		struct error *err);

void keyring_clear(struct keyring *ring);

#define CLEANUP_KEYRING __attribute__((cleanup(keyring_clear)))

#endif
