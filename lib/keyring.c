// SPDX-License-Identifier: GPL-2.0-or-later
/* Keyring: the public keys that this host trusts, one file each. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/keyring.h"

char *keyring_user_dir(void)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config && config[0] == '/')
		return path_join(config, "rehost/keys");
	return path_join(home ? home : "/", ".config/rehost/keys");
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct keyring_entry *)a)->path,
		      ((const struct keyring_entry *)b)->path);
}

static void cleanup_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static int add_key(struct keyring *ring, const char *dir, const char *file, struct error *err)
{
	CLEANUP_FREE char *path = path_join(dir, file);
	struct public_key key;
	struct keyring_entry *entry;

	if (ring->n_keys == KEYRING_MAX)
		return error_set(err, ERR_REFUSED, "more than %d keys in '%s'", KEYRING_MAX, dir);
	if (public_key_read(&key, path, err) < 0)
		return -1;
	entry = APPEND(ring->keys, ring->n_keys);
	entry->name = path_stem(path, PUBLIC_KEY_SUFFIX);
	entry->path = STEAL(path);
	entry->key = key;
	return 0;
}

static int load_folder(struct keyring *ring, const char *path, bool optional, struct error *err)
{
	DIR *dir __attribute__((cleanup(cleanup_dir))) = opendir(path);
	size_t first = ring->n_keys;
	const struct dirent *entry;

	if (!dir && optional && errno == ENOENT)
		return 0;
	if (!dir)
		return error_sys(err, errno, "open the folder of keys '%s'", path);
	while ((entry = readdir(dir)))
		if (path_has_suffix(entry->d_name, PUBLIC_KEY_SUFFIX) &&
		    add_key(ring, path, entry->d_name, err) < 0)
			return -1;
	if (ring->n_keys > first)
		qsort(ring->keys + first, ring->n_keys - first, sizeof(*ring->keys), by_name);
	return 0;
}

int keyring_load(struct keyring *ret, const char *dir, struct error *err)
{
	struct keyring ring CLEANUP_KEYRING = KEYRING_INIT;
	CLEANUP_FREE char *user = keyring_user_dir();

	if (dir) {
		if (load_folder(&ring, dir, false, err) < 0)
			return -1;
	} else if (load_folder(&ring, KEYRING_SYSTEM_DIR, true, err) < 0 ||
		   load_folder(&ring, user, true, err) < 0) {
		return -1;
	}
	*ret = ring;
	ring = (struct keyring)KEYRING_INIT;
	return 0;
}

const struct keyring_entry *keyring_find(const struct keyring *ring, const uint8_t id[8])
{
	for (size_t i = 0; i < ring->n_keys; i++)
		if (memcmp(ring->keys[i].key.id, id, sizeof(ring->keys[i].key.id)) == 0)
			return &ring->keys[i];
	return NULL;
}

int keyring_pin(const char *dir, const char *name, const struct public_key *key, struct error *err)
{
	CLEANUP_FREE char *file = xasprintf("%s" PUBLIC_KEY_SUFFIX, name);
	CLEANUP_FREE char *path = path_join(dir, file);

	if (!*name || name[0] == '.' || strchr(name, '/'))
		return error_set(err, ERR_USAGE, "'%s' cannot be the name of a key", name);
	if (folder_make(dir, err) < 0)
		return -1;
	return public_key_write(key, path, err);
}

void keyring_clear(struct keyring *ring)
{
	for (size_t i = 0; i < ring->n_keys; i++) {
		free(ring->keys[i].name);
		free(ring->keys[i].path);
	}
	free(ring->keys);
	*ring = (struct keyring)KEYRING_INIT;
}
