/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_ACRN_ARGV_H
#define REHOST_TARGET_ACRN_ARGV_H

/* A strict reader of the arguments of acrn-dm; for lib/target/acrn*.c and tests. */

#include <stddef.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"

enum { ACRN_ARGV_MAX = 128, ACRN_ARG_MAX = 1100 };	/* arguments, and characters of one */

/**
 * acrn_argv_check - would acrn-dm take these arguments?
 * @args: without the program's name
 * @err:  ERR_FORMAT names the argument and the reason: an option that acrn-dm has not or ignores, a
 *        value of another form, a slot that is taken twice, a device that it has not, memory that is
 *        not whole huge pages, no firmware and no kernel, no processors, a name that is too long
 *
 * Stricter than acrn-dm itself, which finds half of these only when the machine is being made.
 * Source: acrn-dm 3.3, its option table and the parsers of its devices.
 */
int acrn_argv_check(const struct strv *args, struct error *err);

/** acrn_argv_to_text - one argument a line; the caller frees it */
char *acrn_argv_to_text(const struct strv *args);

/** acrn_argv_from_text - the way back, checked */
int acrn_argv_from_text(const char *text, struct strv *ret, struct error *err);

#endif
