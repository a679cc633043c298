/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_ERROR_H
#define REHOST_BASE_ERROR_H

/*
 * One error object for the whole program.
 *
 * A function that can fail takes `struct error *err` as its last argument, returns -1 (or NULL) and
 * sets the object exactly once. Callers add context by wrapping ("verb object"), and the command
 * line prints it once: message first, then the remedy. Libraries never print.
 *
 *	struct error err CLEANUP_ERROR = ERROR_INIT;
 *
 *	if (disk_read(path, &err) < 0)
 *		return error_wrap(&err, "capture '%s'", path);
 */

#include <stdbool.h>

enum error_code {
	ERR_NONE,
	ERR_SYSTEM,		/* a system call failed                                        */
	ERR_USAGE,		/* the command line makes no sense: exit status 2              */
	ERR_FORMAT,		/* a document, image or table is not what it should be         */
	ERR_EXISTS,		/* the output is there already and is not overwritten          */
	ERR_NOT_FOUND,		/* something named does not exist                              */
	ERR_BUSY,		/* in use by somebody else                                     */
	ERR_REFUSED,		/* could be done, must not be done                             */
	ERR_UNSUPPORTED,	/* cannot be done with this guest, target or host              */
	ERR_INTEGRITY,		/* a digest or signature does not match                        */
	ERR_CHILD,		/* a program that we started failed                            */
	ERR_TIMEOUT,		/* a deadline passed                                           */
	ERR_NO_SPACE,		/* the target is full                                          */
	ERR_INTERRUPTED,	/* Ctrl-C or a termination signal                              */
};

struct error {
	enum error_code code;
	char *msg;		/* one phrase, lower case, no full stop */
	char *hint;		/* what to do about it, or NULL         */
};

#define ERROR_INIT { ERR_NONE, NULL, NULL }
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/**
 * error_set - say what failed
 * @err:  the object to fill; must be empty. NULL is allowed and drops the message
 * @code: kind of failure
 * @fmt:  one phrase, lower case, without a full stop
 *
 * Return: -1 always, so that a function can end with `return error_set(…)`.
 */
int error_set(struct error *err, enum error_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/**
 * error_sys - say which system call failed
 * @err:   the object to fill
 * @errnum: value of errno; ENOSPC, EDQUOT, EFBIG become ERR_NO_SPACE, ENOENT ERR_NOT_FOUND, EEXIST ERR_EXISTS
 * @fmt:   "verb 'object'"; ": " and the text of @errnum are appended
 *
 * Common causes get a hint, which error_hint() replaces.
 *
 * Return: -1 always.
 */
int error_sys(struct error *err, int errnum, const char *fmt, ...) PRINTF_LIKE(3, 4);

/**
 * error_wrap - put context in front of an error
 * @err: an object that is set
 * @fmt: "verb 'object'"; the result reads "verb 'object': what failed"
 *
 * Return: -1 always.
 */
int error_wrap(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/**
 * error_hint - attach the remedy
 * @err: an object that is set; an earlier hint is replaced
 * @fmt: one sentence that tells the operator what to do
 *
 * Return: -1 always.
 */
int error_hint(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/**
 * error_move - hand an error to another object
 * @dst: an empty object, or NULL
 * @src: emptied
 *
 * Return: -1 always.
 */
int error_move(struct error *dst, struct error *src);

/** error_clear - forget an error and free its texts; the object can be used again */
void error_clear(struct error *err);

static inline bool error_is_set(const struct error *err)
{
	return err && err->code != ERR_NONE;
}

#define CLEANUP_ERROR __attribute__((cleanup(error_clear)))

#endif
