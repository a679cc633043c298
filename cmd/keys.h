/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CMD_KEYS_H
#define REHOST_CMD_KEYS_H

#include "lib/base/error.h"
#include "lib/base/strv.h"

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
