/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CMD_INSPECT_H
#define REHOST_CMD_INSPECT_H

/* What the two forms of an inspection's report share. */

#include "lib/base/strv.h"
#include "lib/inspection.h"
#include "lib/target/target.h"

struct json_object;

/* What came of the negotiation between a system and a target. */
struct target_answer {
	struct negotiation negotiation;
	char *refusal;			/* in words, or NULL when they agree */
};

/** ask_target - negotiate with what a converter could add; target_answer_clear() frees @ret */
void ask_target(const struct inspection *in, const struct inspected_system *sys,
		const struct target *target, struct target_answer *ret);

void target_answer_clear(struct target_answer *a);

/** inspection_to_json - the whole report; @target: NULL, a name or "all" */
struct json_object *inspection_to_json(const struct inspection *in, const char *target);

/* The passphrases that --key names; each file holds one, a line end behind it does not count. */
struct keys {
	char **files;		/* as popt collects them */
	struct strv values;
};

/** keys_read - read the files; keys_clear() also wipes what was read */
int keys_read(struct keys *k, struct error *err);
void keys_clear(struct keys *k);

#define CLEANUP_KEYS __attribute__((cleanup(keys_clear)))
#define KEY_OPTION(var)                                                                            \
	{ "key", 0, POPT_ARG_ARGV, &(var)->files, 0,                                               \
	  "file with a passphrase of an encrypted partition; can be given again", "FILE" }

#endif
