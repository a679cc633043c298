/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TEST_H
#define REHOST_TEST_H

/* cmocka and the headers that it wants before itself. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/alloc.h"
#include "lib/base/error.h"

/* The call must fail with this code; the error is cleared for the next call. */
#define assert_fails(call, err_ptr, expected_code)                                                 \
	do {                                                                                       \
		assert_int_equal(-1, (call));                                                      \
		assert_int_equal(expected_code, (err_ptr)->code);                                  \
		assert_non_null((err_ptr)->msg);                                                   \
		error_clear(err_ptr);                                                              \
	} while (0)

/* A new empty folder below TMPDIR; the test removes it. */
static inline char *make_test_folder(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = xasprintf("%s/rehost-test-XXXXXX", tmp ? tmp : "/tmp");

	assert_non_null(mkdtemp(dir));
	return dir;
}

#endif
