/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PAIRING_H
#define REHOST_PAIRING_H

/*
 * The code that an old PC shows and a workshop types, and the key of TLS-PSK that both make of it.
 *
 * A code is eight letters and digits, XXXX-XXXX, without those that look alike: 40 bits, good for one
 * session. Who overhears the start of a connection could try codes at leisure; Argon2id makes each try
 * cost 16 MiB of memory and about as long as a second on an old PC.
 */

#include "lib/base/error.h"

enum { PAIRING_CODE_SIZE = 10 };

#define PAIRING_USER "rehost"

/** pairing_new - a random code */
void pairing_new(char ret[PAIRING_CODE_SIZE]);

/**
 * pairing_keys - the line of a PSK file (gnutls psktool's form) for a code
 * @code: as typed: small letters, blanks and missing dashes do not matter
 * @ret:  "rehost:" and 64 hexadecimal digits; the caller frees it
 * @err:  ERR_USAGE if it is no code
 */
int pairing_keys(const char *code, char **ret, struct error *err);

#endif
