// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost key: make, show and pin the keys that bundles are signed with. */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/passphrase.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/keyring.h"

struct request {
	char *dir;		/* --keys */
	char *output;
	char *passphrase_file;
	int no_passphrase, json;
};

static void show_key(const struct public_key *key, const char *name, const char *path, bool json,
		     struct json_object *list)
{
	CLEANUP_FREE char *text = public_key_text(key);
	struct json_object *item;
	char id[KEY_ID_HEX_SIZE];

	key_id_text(key->id, id);
	if (!json) {
		printf("%s  %s  %s\n    %s\n", id, name, path, text);
		return;
	}
	item = json_object_new_object();
	json_object_object_add(item, "id", json_object_new_string(id));
	json_object_object_add(item, "name", json_object_new_string(name));
	json_object_object_add(item, "file", json_object_new_string(path));
	json_object_object_add(item, "key", json_object_new_string(text));
	json_object_array_add(list, item);
}

static int write_pair(const struct secret_key *key, const char *secret, const char *public,
		      const struct request *r, struct error *err)
{
	char *passphrase = NULL;
	int rc;

	if (!r->no_passphrase) {
		passphrase = passphrase_choose(secret, r->passphrase_file, err);
		if (!passphrase)
			return -1;
	}
	rc = secret_key_write(key, secret, passphrase, err);
	if (passphrase)
		explicit_bzero(passphrase, strlen(passphrase));
	free(passphrase);
	if (rc == 0 && public_key_write(&key->pub, public, err) < 0) {
		unlink(secret);
		rc = -1;
	}
	return rc;
}

static int new_key(const struct request *r, const struct strv *args, struct error *err)
{
	const char *name = args->v[1];
	CLEANUP_FREE char *secret_name = xasprintf("%s" SECRET_KEY_SUFFIX, name);
	CLEANUP_FREE char *public_name = xasprintf("%s" PUBLIC_KEY_SUFFIX, name);
	CLEANUP_FREE char *secret = path_join(r->output ? r->output : ".", secret_name);
	CLEANUP_FREE char *public = path_join(r->output ? r->output : ".", public_name);
	struct secret_key key CLEANUP_SECRET_KEY;
	struct json_object *list = r->json ? json_object_new_array() : NULL;

	memset(&key, 0, sizeof(key));
	if (strchr(name, '/') || name[0] == '.' || !*name) {
		json_object_put(list);
		error_set(err, ERR_USAGE, "'%s' cannot be the name of a key", name);
		return error_hint(err, "give a name, and the folder with --output");
	}
	if (path_exists(public)) {
		json_object_put(list);
		error_set(err, ERR_EXISTS, "'%s' exists already", public);
		return error_hint(err, "choose another name: a lost key cannot be made again");
	}
	if (secret_key_new(&key, err) < 0 || write_pair(&key, secret, public, r, err) < 0) {
		json_object_put(list);
		return -1;
	}
	show_key(&key.pub, name, public, r->json, list);
	if (r->json)
		print_json(list);
	else
		printf("secret key: %s\n", secret);
	return 0;
}

static int show_pinned(const struct request *r, struct json_object *list, struct error *err)
{
	struct keyring ring CLEANUP_KEYRING = KEYRING_INIT;

	if (keyring_load(&ring, r->dir, err) < 0)
		return -1;
	for (size_t i = 0; i < ring.n_keys; i++)
		show_key(&ring.keys[i].key, ring.keys[i].name, ring.keys[i].path, r->json, list);
	if (ring.n_keys == 0 && !r->json)
		puts("no key is pinned here");
	return 0;
}

static int show_files(const struct request *r, const struct strv *args, struct json_object *list,
		      struct error *err)
{
	for (size_t i = 1; i < args->n; i++) {
		CLEANUP_FREE char *name = path_stem(args->v[i], PUBLIC_KEY_SUFFIX);
		struct public_key key;

		if (path_has_suffix(args->v[i], SECRET_KEY_SUFFIX)) {
			error_set(err, ERR_USAGE, "'%s' is a secret key: it is not shown", args->v[i]);
			return error_hint(err, "show the " PUBLIC_KEY_SUFFIX " file beside it");
		}
		if (public_key_read(&key, args->v[i], err) < 0)
			return -1;
		show_key(&key, name, args->v[i], r->json, list);
	}
	return 0;
}

static int show(const struct request *r, const struct strv *args, struct error *err)
{
	struct json_object *list = r->json ? json_object_new_array() : NULL;
	int rc = args->n > 1 ? show_files(r, args, list, err) : show_pinned(r, list, err);

	if (rc < 0)
		json_object_put(list);
	else if (r->json)
		print_json(list);
	return rc;
}

static int trust(const struct request *r, const struct strv *args, struct error *err)
{
	CLEANUP_FREE char *user = keyring_user_dir();
	const char *dir = r->dir;

	if (!dir)
		dir = geteuid() == 0 ? KEYRING_SYSTEM_DIR : user;
	for (size_t i = 1; i < args->n; i++) {
		CLEANUP_FREE char *name = path_stem(args->v[i], PUBLIC_KEY_SUFFIX);
		struct public_key key;
		char id[KEY_ID_HEX_SIZE];

		if (public_key_read(&key, args->v[i], err) < 0 ||
		    keyring_pin(dir, name, &key, err) < 0)
			return -1;
		key_id_text(key.id, id);
		printf("%s is pinned as '%s' in %s\n", id, name, dir);
	}
	return 0;
}

static const struct verb {
	const char *name;
	int min, max;
	int (*run)(const struct request *r, const struct strv *args, struct error *err);
} verbs[] = {
	{ "new", 2, 2, new_key },
	{ "show", 1, ARGS_ANY, show },
	{ "trust", 2, ARGS_ANY, trust },
};

static int run_verb(const struct request *r, const struct strv *args, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		const struct verb *v = &verbs[i];

		if (strcmp(v->name, args->v[0]) != 0)
			continue;
		if ((int)args->n < v->min || (v->max != ARGS_ANY && (int)args->n > v->max)) {
			error_set(err, ERR_USAGE, "key %s: wrong number of arguments", v->name);
			return error_hint(err, "see 'rehost key --help'");
		}
		return v->run(r, args, err);
	}
	error_set(err, ERR_USAGE, "key: cannot '%s'", args->v[0]);
	return error_hint(err, "say new, show or trust");
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *dir = NULL, *output = NULL, *passphrase_file = NULL;
	struct strv args CLEANUP_STRV = STRV_INIT;
	int no_passphrase = 0, json = 0;
	const struct poptOption options[] = {
		{ "output", 'o', POPT_ARG_STRING, &output, 0, "new: write the two files into DIR",
		  "DIR" },
		{ "passphrase-file", 0, POPT_ARG_STRING, &passphrase_file, 0,
		  "new: the first line of FILE protects the secret key", "FILE" },
		{ "no-passphrase", 0, POPT_ARG_NONE, &no_passphrase, 0,
		  "new: store the secret key in the clear", NULL },
		{ "keys", 0, POPT_ARG_STRING, &dir, 0,
		  "show, trust: the folder of pinned keys", "DIR" },
		{ "json", 0, POPT_ARG_NONE, &json, 0, "new, show: print JSON for programs", NULL },
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 1, ARGS_ANY, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	return run_verb(&(struct request){ dir, output, passphrase_file, no_passphrase, json },
			&args, err);
}

const struct command command_key = {
	.name = "key",
	.synopsis = "new NAME | show [FILE.pub...] | trust FILE.pub...",
	.summary = "make, show and pin the keys that bundles are signed with",
	.text = "'new' writes NAME.key, which stays with you, and NAME.pub, which you give away. On the\n"
		"edge host 'trust' pins the public keys whose bundles may be used there. minisign\n"
		"reads these files too.\n"
		"    rehost key new integrator\n"
		"    rehost key trust integrator.pub",
	.run = run,
};
