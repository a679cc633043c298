/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_ALLOC_H
#define REHOST_BASE_ALLOC_H

/*
 * Memory: allocation that cannot fail, ownership that can be read, arithmetic that cannot wrap.
 *
 * The x…() functions end the program when memory runs out; sizes that come from untrusted input
 * must be bounded before they get here.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/error.h"

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xvasprintf(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/** xmemdup - copy of @n bytes, with a 0 byte behind them */
void *xmemdup(const void *p, size_t n);

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define CLEANUP_FREE __attribute__((cleanup(cleanup_free)))
#define CLEANUP_CLOSE __attribute__((cleanup(cleanup_close)))	/* int fd = -1             */
#define CLEANUP_FCLOSE __attribute__((cleanup(cleanup_fclose)))	/* files that are read only */

/* STEAL - take a pointer out of a variable that would free it; STEAL_FD does it for descriptors */
#define STEAL(p)                                                                                   \
	({                                                                                         \
		__typeof__(p) *steal_from_ = &(p);                                                 \
		__typeof__(p) stolen_ = *steal_from_;                                              \
		*steal_from_ = NULL;                                                               \
		stolen_;                                                                           \
	})
#define STEAL_FD(fd)                                                                               \
	({                                                                                         \
		int stolen_fd_ = (fd);                                                             \
		(fd) = -1;                                                                         \
		stolen_fd_;                                                                        \
	})

/* true when the result does not fit in *ret */
#define ADD_OVERFLOW(a, b, ret) __builtin_add_overflow((a), (b), (ret))
#define MUL_OVERFLOW(a, b, ret) __builtin_mul_overflow((a), (b), (ret))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)                                                                                  \
	({                                                                                         \
		__typeof__(a) min_a_ = (a);                                                        \
		__typeof__(b) min_b_ = (b);                                                        \
		min_a_ < min_b_ ? min_a_ : min_b_;                                                 \
	})
#define MAX(a, b)                                                                                  \
	({                                                                                         \
		__typeof__(a) max_a_ = (a);                                                        \
		__typeof__(b) max_b_ = (b);                                                        \
		max_a_ > max_b_ ? max_a_ : max_b_;                                                 \
	})

/* APPEND - one more element at the end of an array; returns a pointer to it, filled with zeros */
#define APPEND(array, n)                                                                           \
	({                                                                                         \
		(array) = array_grow((array), (n), sizeof(*(array)));                              \
		&(array)[(n)++];                                                                   \
	})

/** array_grow - room for element @n (counted from 0); grows by doubling, new room is zeroed */
void *array_grow(void *array, size_t n, size_t elem_size);

#endif
