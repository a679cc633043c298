/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_IDENTIFIER_H
#define REHOST_BASE_IDENTIFIER_H

/* The forms of identifiers that come from outside; letters of either case. */

#include <stdbool.h>

/** text_is_mac - 00:02:b3:4c:00:01; NULL is none */
bool text_is_mac(const char *text);

/** text_is_uuid - 6f1e0e7c-2d6a-4a55-9b0e-0d0c0b0a0910; NULL is none */
bool text_is_uuid(const char *text);

#endif
