/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CMD_DOCUMENT_CHECK_H
#define REHOST_CMD_DOCUMENT_CHECK_H

/* What 'rehost validate' does with a plan or a profile: checks that need no boot. */

#include <stdbool.h>

#include "lib/base/error.h"

/** document_is_one - is @path the document of a plan or profile, and no guest? */
bool document_is_one(const char *path);

/**
 * document_check - judge a plan or profile that may have been edited by hand
 * @path: NAME.plan.xml, or a profile
 * @json: print JSON
 * @err:  if it cannot be read
 *
 * Return: 0, COMMAND_FINDINGS if it breaks a rule or contradicts itself, or -1.
 */
int document_check(const char *path, bool json, struct error *err);

#endif
