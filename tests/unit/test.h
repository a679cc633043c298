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
#include "lib/base/outfile.h"
#include "lib/base/path.h"

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

/* A new file in it, with the folders above. */
static inline void put_test_file(const char *dir, const char *name, const void *data, size_t len)
{
	CLEANUP_FREE char *path = path_join(dir, name), *parent = path_dirname(path);
	struct error err CLEANUP_ERROR = ERROR_INIT;

	assert_int_equal(0, folder_make(parent, &err));
	assert_int_equal(0, file_write(path, data, len, OUTFILE_NEW, &err));
}

static inline void put_test_text(const char *dir, const char *name, const char *text)
{
	put_test_file(dir, name, text, strlen(text));
}

#endif
