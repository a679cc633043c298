/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CMD_BUNDLE_H
#define REHOST_CMD_BUNDLE_H

/* What the actions of `rehost bundle` share: the options, and one row for each action. */

#include <stdbool.h>
#include <stdint.h>

#include "cmd/command.h"
#include "lib/bundle.h"
#include "lib/report.h"

struct bundle_request {
	char *output, *sign, *passphrase_file, *keys, *revision, *base, *to, *split;
	char *push, *ca, *auth_file;
	const char **targets, **set;	/* of popt, or NULL                    */
	int allow_unsigned, allow_unvalidated, json, verify, raw, insecure, replace;
	struct progress progress;
	struct strv args;		/* without the name of the action      */
};

typedef int (*bundle_action_fn)(struct bundle_request *r, struct error *err);

int bundle_action_make(struct bundle_request *r, struct error *err);
int bundle_action_sign(struct bundle_request *r, struct error *err);
int bundle_action_list(struct bundle_request *r, struct error *err);
int bundle_action_verify(struct bundle_request *r, struct error *err);
int bundle_action_extract(struct bundle_request *r, struct error *err);
int bundle_action_cat(struct bundle_request *r, struct error *err);
int bundle_action_copy(struct bundle_request *r, struct error *err);
int bundle_action_push(struct bundle_request *r, struct error *err);
int bundle_action_diff(struct bundle_request *r, struct error *err);

/** bundle_request_open - open the bundle @path with the pinned keys of the request */
int bundle_request_open(const struct bundle_request *r, const char *path, struct bundle *ret,
			struct error *err);

/** bundle_request_carry - copy the bundle @path to where the request says; nothing without --to */
int bundle_request_carry(struct bundle_request *r, const char *path, struct error *err);

/** bundle_request_push - put the disks of a bundle, verified, into the registry of the request */
int bundle_request_push(struct bundle_request *r, const struct bundle *b, struct error *err);

/** print_bundle - what it is and who signed it */
void print_bundle(const struct bundle *b);

/** print_bundle_json - all of it, with its files, and what its targets had to say; @findings or NULL */
void print_bundle_json(const struct bundle *b, const struct report *findings);

#endif
