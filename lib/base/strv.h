/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_STRV_H
#define REHOST_BASE_STRV_H

/*
 * A list of strings that is always ready for execve(): the element behind the last one is NULL.
 *
 *	struct strv argv CLEANUP_STRV = STRV_INIT;
 *
 *	strv_add(&argv, "qemu-img");
 *	strv_addf(&argv, "--size=%" PRIu64, size);
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

enum { STRV_MAX = 1 << 20 };	/* more strings than this are a bug or an attack */

struct strv {
	char **v;		/* NULL-terminated; NULL while empty */
	size_t n;
};

#define STRV_INIT { NULL, 0 }

void strv_add(struct strv *sv, const char *s);
void strv_addf(struct strv *sv, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strv_add_many(struct strv *sv, ...) __attribute__((sentinel));
void strv_take(struct strv *sv, char *s);
bool strv_has(const struct strv *sv, const char *s);
void strv_sort(struct strv *sv);
void strv_clear(struct strv *sv);

/** strv_join - one string of all elements with @sep between them; the caller frees it */
char *strv_join(const struct strv *sv, const char *sep);

/** strv_split - the pieces of @s between any characters of @seps, empty pieces left out */
void strv_split(struct strv *ret, const char *s, const char *seps);

#define CLEANUP_STRV __attribute__((cleanup(strv_clear)))

#endif
