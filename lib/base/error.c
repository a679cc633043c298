// SPDX-License-Identifier: GPL-2.0-or-later
/* The one error object: message, kind and remedy. */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/error.h"

static void set_message(struct error *err, enum error_code code, char *msg)
{
	if (!err) {
		free(msg);
		return;
	}
	error_clear(err);
	err->code = code;
	err->msg = msg;
}

int error_set(struct error *err, enum error_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_message(err, code, xvasprintf(fmt, ap));
	va_end(ap);
	return -1;
}

static enum error_code code_of_errno(int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
		return ERR_NO_SPACE;
	case ENOENT:
		return ERR_NOT_FOUND;
	case EEXIST:
		return ERR_EXISTS;
	case EBUSY:
		return ERR_BUSY;
	default:
		return ERR_SYSTEM;
	}
}

int error_sys(struct error *err, int errnum, const char *fmt, ...)
{
	CLEANUP_FREE char *what = NULL;
	va_list ap;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	set_message(err, code_of_errno(errnum), xasprintf("%s: %s", what, strerror(errnum)));
	if (err && err->code == ERR_NO_SPACE)
		error_hint(err, "free some space there, or choose another place");
	return -1;
}

int error_wrap(struct error *err, const char *fmt, ...)
{
	CLEANUP_FREE char *context = NULL;
	char *joined;
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	context = xvasprintf(fmt, ap);
	va_end(ap);
	joined = xasprintf("%s: %s", context, err->msg ? err->msg : "unknown error");
	free(err->msg);
	err->msg = joined;
	return -1;
}

int error_hint(struct error *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -1;
	free(err->hint);
	va_start(ap, fmt);
	err->hint = xvasprintf(fmt, ap);
	va_end(ap);
	return -1;
}

int error_move(struct error *dst, struct error *src)
{
	if (dst) {
		error_clear(dst);
		*dst = *src;
	} else {
		error_clear(src);
	}
	*src = (struct error)ERROR_INIT;
	return -1;
}

void error_clear(struct error *err)
{
	free(err->msg);
	free(err->hint);
	*err = (struct error)ERROR_INIT;
}
