/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PASSPHRASE_H
#define REHOST_PASSPHRASE_H

/* Passphrases: asked on the terminal without an echo, or read from a file. */

#include "lib/base/error.h"

struct secret_key;

/**
 * passphrase_ask - a passphrase for a key file; a passphrase_fn
 * @path: the key file, for the question
 * @data: path of a file whose first line is the passphrase (char *), or NULL: the terminal is asked
 *
 * Return: the passphrase, wiped and freed by the caller; NULL with @err.
 */
char *passphrase_ask(const char *path, void *data, struct error *err);

/** passphrase_choose - the same for a new key: the terminal is asked twice */
char *passphrase_choose(const char *path, void *data, struct error *err);

#endif
