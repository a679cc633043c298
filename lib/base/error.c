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
	case EFBIG:
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

/* What an operator can do about it, whatever was being done; NULL: it depends. */
static const char *remedy_of_errno(int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
		return "free some space there, or choose another place";
	case EFBIG:
		return "that file system holds no larger file: choose another one";
	case ENOENT:
		return "check the name: nothing is there under it";
	case EISDIR:
		return "a file is expected there, not a folder";
	case ENOTDIR:
		return "a folder is expected there, not a file";
	case EACCES:
	case EPERM:
		return "check its permissions, or run the command as root";
	default:
		return NULL;
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
	if (remedy_of_errno(errnum))
		error_hint(err, "%s", remedy_of_errno(errnum));
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
