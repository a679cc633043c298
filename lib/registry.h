/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_REGISTRY_H
#define REHOST_REGISTRY_H

/*
 * Putting artifacts into an OCI registry. A disk is sent in chunks; what the registry has already is not
 * sent again, and what broke off goes on where the registry says that it ended, in the same run and in
 * the next one.
 *
 *	struct registry r CLEANUP_REGISTRY = REGISTRY_INIT;
 *
 *	if (registry_open(&r, "docker://registry.plant:5000", &options, err) < 0 ||
 *	    registry_push(&r, "pcs/line4/press4-disk0", "1", &artifact, &how, err) < 0)
 *		return -1;
 *
 * Source: OCI distribution specification 1.0.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/digest.h"
#include "lib/base/error.h"
#include "lib/base/progress.h"
#include "lib/http.h"

enum { REGISTRY_MANIFEST_MAX = 4 << 20 };	/* a larger manifest is refused [bytes] */

struct registry_options {
	struct http_trust trust;
	const char *auth_file;		/* as docker and skopeo keep it; NULL: where they look for it */
};

struct registry {
	struct http http;
	char *base;			/* https://registry.plant:5000                    */
	char *user, *password;		/* or NULL                                        */
	char *token;			/* value of the header Authorization, or NULL     */
};

#define REGISTRY_INIT { .base = NULL }

/**
 * registry_open - a registry that answers
 * @ret:     registry_clear() frees it
 * @address: docker://HOST[:PORT] or oci://HOST[:PORT]
 * @err:     ERR_REFUSED without TLS, with a wrong certificate or without the right to come in
 *
 * Name and password are those of REHOST_REGISTRY_USER and REHOST_REGISTRY_PASSWORD, else of the file.
 */
int registry_open(struct registry *ret, const char *address, const struct registry_options *options,
		  struct error *err);
void registry_clear(struct registry *r);

#define CLEANUP_REGISTRY __attribute__((cleanup(registry_clear)))

/* Bytes that are sent as they are read. */
struct registry_blob {
	char digest[DIGEST_HEX_SIZE];
	uint64_t size;			/* [bytes] */
	int (*read)(void *arg, uint64_t offset, void *ret, size_t len, struct error *err);
	void *arg;
};

struct registry_artifact {
	const char *manifest, *config;
	size_t manifest_len, config_len;	/* [bytes] */
	struct registry_blob layer;
};

struct registry_push {
	const char *state;		/* file that remembers an upload that broke off; or NULL */
	bool replace;			/* the tag may name another image already                */
	size_t chunk;			/* 0: as usual                                   [bytes] */
	struct progress *progress;	/* or NULL                                               */
	uint64_t sent;			/* returned: what went over the line             [bytes] */
};

/**
 * registry_push - put an artifact there, blobs first, and read its manifest back
 * @err: ERR_EXISTS: the tag names another image; ERR_INTEGRITY: what comes back is not what was sent
 */
int registry_push(struct registry *r, const char *repository, const char *tag,
		  const struct registry_artifact *artifact, struct registry_push *how,
		  struct error *err);

/**
 * registry_manifest - the manifest of a tag, as it is
 * @err: ERR_NOT_FOUND: there is no such tag
 */
int registry_manifest(struct registry *r, const char *repository, const char *tag, char **ret,
		      size_t *ret_len, struct error *err);

/** registry_blob_text - a small blob, verified; the caller frees it */
int registry_blob_text(struct registry *r, const char *repository, const char *digest, char **ret,
		       size_t *ret_len, struct error *err);

#endif
