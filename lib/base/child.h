/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_CHILD_H
#define REHOST_BASE_CHILD_H

/*
 * Programs that we start. One way for all: an argument vector and never a shell, LC_ALL=C, standard
 * input from /dev/null unless given, no descriptor inherited but those named, death with the parent,
 * and the last line of its standard error at the end of our message.
 *
 *	static const char *const argv[] = { "qemu-img", "--version", NULL };
 *	CLEANUP_FREE char *out = NULL;
 *
 *	if (child_run(argv, &out, err) < 0)
 *		return -1;
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/error.h"

enum {
	CHILD_OUTPUT_MAX = 16 << 20,	/* bytes of standard output that child_run() returns */
	CHILD_NO_TIMEOUT = -1,
};

enum { CHILD_GROUPS_MAX = 32 };

/* Whom a program that root starts runs as. */
struct child_user {
	uid_t uid;
	gid_t gid;
	gid_t groups[CHILD_GROUPS_MAX];
	size_t n_groups;
};

struct child_io {
	int in;			/* descriptor for standard input, or -1: /dev/null             */
	int out;		/* descriptor for standard output, or -1: kept for child_output() */
	const int *keep;	/* further descriptors to leave open under their own numbers   */
	size_t n_keep;
	const char *dir;	/* working directory, or NULL                                  */
	bool outlive;		/* do not die with the parent: own session, not interrupted     */
	const struct child_user *user;	/* or NULL: as we do                                    */
};

#define CHILD_IO_INIT { .in = -1, .out = -1 }

struct child {
	pid_t pid;		/* 0: not running                 */
	int pid_fd;
	int out_fd, err_fd;	/* what it wrote, in memory       */
	char *name;
};

#define CHILD_INIT { 0, -1, -1, -1, NULL }

/**
 * child_start - start a program
 * @argv: NULL-terminated; argv[0] is looked up in PATH
 * @io:   its descriptors, or NULL for the defaults
 * @ret:  the running child; give it to child_wait() or child_stop()
 * @err:  ERR_NOT_FOUND if there is no such program, with the hint to install it
 */
int child_start(const char *const *argv, const struct child_io *io, struct child *ret,
		struct error *err);

/**
 * child_wait - wait for the end of a child
 * @child:      the child
 * @timeout_ms: deadline from now [ms], 0 to look only, CHILD_NO_TIMEOUT
 * @ret_status: exit status, 128 + signal if it was killed; NULL: anything but 0 is an error
 * @err:        ERR_TIMEOUT (the child still runs), ERR_INTERRUPTED, ERR_CHILD with its last words
 */
int child_wait(struct child *child, int timeout_ms, int *ret_status, struct error *err);

/** child_output - what it wrote to standard output so far; the caller frees it */
char *child_output(const struct child *child);

/** child_errors - the same of standard error */
char *child_errors(const struct child *child);

/** child_complaint - the last line it wrote to standard error, "" if none; the caller frees it */
char *child_complaint(const struct child *child);

/** child_stop - SIGTERM, two seconds, SIGKILL; frees everything; harmless when not running */
void child_stop(struct child *child);

/** child_detach - let it run on without us; only for one that was started to outlive us */
void child_detach(struct child *child);

/**
 * child_run - run a program to its end
 * @argv:    as for child_start()
 * @ret_out: its standard output, at most CHILD_OUTPUT_MAX bytes; NULL to drop it
 * @err:     ERR_CHILD unless it exits with 0
 */
int child_run(const char *const *argv, char **ret_out, struct error *err);

#define CLEANUP_CHILD __attribute__((cleanup(child_stop)))

/** child_find - absolute path of a program in PATH, or NULL; the caller frees it */
char *child_find(const char *name);

#endif
