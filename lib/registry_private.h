/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_REGISTRY_PRIVATE_H
#define REHOST_REGISTRY_PRIVATE_H

/* What the files of lib/registry*.c share, and the parser that is fuzzed. */

#include "lib/registry.h"

/* What a registry wants before it answers: the header WWW-Authenticate. */
struct challenge {
	bool bearer;			/* else Basic */
	char *realm, *service, *scope;	/* or NULL    */
};

#define CHALLENGE_INIT { false, NULL, NULL, NULL }

/** challenge_parse - false: of no kind that is known here */
bool challenge_parse(const char *header, struct challenge *ret);
void challenge_clear(struct challenge *c);

#define CLEANUP_CHALLENGE __attribute__((cleanup(challenge_clear)))

/** registry_credentials - name and password for a registry, if there are any */
int registry_credentials(struct registry *r, const char *address, const char *auth_file,
			 struct error *err);

/** registry_authorize - answer to a challenge; the next request is let in or refused for good */
int registry_authorize(struct registry *r, const struct http_answer *answer, struct error *err);

/**
 * registry_do - http_do(), with the right to come in, asked for when it is wanted
 * @url: absolute, or a path of the registry
 */
int registry_do(struct registry *r, const char *url, struct http_request *request,
		struct http_answer *ret, struct error *err);

/** registry_upload - one blob that the registry has not */
int registry_upload(struct registry *r, const char *repository, const struct registry_blob *blob,
		    struct registry_push *how, struct error *err);

#endif
