// SPDX-License-Identifier: GPL-2.0-or-later
/* Bundles: who signed one, and may this host use it? */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/bundle_private.h"

/* Name and first line are not signed: there is one form of them for each key. */
static bool is_canonical(const char *name, const char *text, const char *id)
{
	CLEANUP_FREE char *expected_name = xasprintf(SIGNATURE_DIR "%s" SIGNATURE_SUFFIX, id);
	CLEANUP_FREE char *first_line = xasprintf(SIGNATURE_FIRST_LINE, id);

	return strcmp(name, expected_name) == 0 &&
	       strncmp(text, first_line, strlen(first_line)) == 0;
}

int bundle_add_signer(struct bundle *b, const char *name, const char *text, size_t len,
		      const struct keyring *ring, const void *index, size_t index_len,
		      struct error *err)
{
	struct signature sig CLEANUP_SIGNATURE = SIGNATURE_INIT;
	const struct keyring_entry *key;
	struct signer *signer;
	char id[KEY_ID_HEX_SIZE];

	if (signature_parse(&sig, text, len, err) < 0)
		return error_wrap(err, "'%s': %s", b->path, name);
	key_id_text(sig.id, id);
	if (!is_canonical(name, text, id))
		return error_set(err, ERR_INTEGRITY, "'%s': %s is not as rehost writes it", b->path,
				 name);
	key = ring ? keyring_find(ring, sig.id) : NULL;
	if (key && signature_verify(&sig, &key->key, index, index_len, err) < 0) {
		error_wrap(err, "'%s'", b->path);
		return error_hint(err, "do not use this bundle: it is not what '%s' signed",
				  key->name);
	}
	signer = APPEND(b->signers, b->n_signers);
	signer->state = key ? SIGNER_PINNED : SIGNER_UNKNOWN;
	memcpy(signer->key_id, id, sizeof(id));
	signer->name = key ? xstrdup(key->name) : NULL;
	signer->comment = key ? STEAL(sig.trusted_comment) : NULL;
	return 0;
}

static char *list_signers(const struct bundle *b)
{
	struct strv ids CLEANUP_STRV = STRV_INIT;

	for (size_t i = 0; i < b->n_signers; i++)
		strv_add(&ids, b->signers[i].key_id);
	return strv_join(&ids, ", ");
}

int bundle_check_trust(const struct bundle *b, bool allow_unsigned, struct error *err)
{
	CLEANUP_FREE char *signers = NULL;

	for (size_t i = 0; i < b->n_signers; i++)
		if (b->signers[i].state == SIGNER_PINNED)
			return 0;
	if (allow_unsigned)
		return 0;
	if (b->n_signers == 0) {
		error_set(err, ERR_REFUSED, "'%s' is not signed", b->path);
		return error_hint(err, "let its maker sign it with 'rehost bundle --sign', or accept it "
				  "with --allow-unsigned");
	}
	signers = list_signers(b);
	error_set(err, ERR_REFUSED, "'%s' is signed by a key that this host does not trust: %s",
		  b->path, signers);
	return error_hint(err, "if the key is the right one, pin it with 'rehost key trust FILE.pub'");
}

int bundle_check_base(const struct bundle *b, const struct bundle *base, struct error *err)
{
	if (!b->base[0])
		return error_set(err, ERR_USAGE, "'%s' is whole and needs no base", b->path);
	if (strcmp(b->base, base->digest) == 0 && !base->base[0])
		return 0;
	error_set(err, ERR_REFUSED,
		  "'%s' stands on revision %" PRIu64 " (sha256:%s), which '%s' is not", b->path,
		  b->base_revision, b->base, base->path);
	return error_hint(err, "give the whole bundle that it was made with --base of");
}

int bundle_check_revision(const struct bundle *b, uint64_t installed, const char *installed_digest,
			  bool downgrade, struct error *err)
{
	if (installed == 0 || downgrade || b->revision > installed ||
	    (installed_digest && strcmp(installed_digest, b->digest) == 0))
		return 0;
	if (b->revision < installed) {
		error_set(err, ERR_REFUSED,
			  "'%s' is revision %" PRIu64 ", older than the installed %" PRIu64,
			  b->path, b->revision, installed);
		return error_hint(err, "to go back on purpose, say --downgrade");
	}
	error_set(err, ERR_REFUSED, "'%s' is another bundle with the installed revision %" PRIu64,
		  b->path, installed);
	return error_hint(err, "make it with --revision %" PRIu64 ", or say --downgrade",
			  installed + 1);
}
