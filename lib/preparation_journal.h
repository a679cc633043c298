/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PREPARATION_JOURNAL_H
#define REHOST_PREPARATION_JOURNAL_H

/*
 * How what was done to a host is undone, written down before it is done. A text of one fact a line:
 *
 *	boot ID			the kernel that this was done to; a new one knows nothing of it
 *	bundle FOLDER		below bundles/: whose plan the host is prepared for
 *	target NAME		the hypervisor that it is prepared for
 *	write PATH VALUE	how a step is undone: written before the step is taken,
 *	delete PATH
 *	remove PATH
 *	run COMMAND
 *	done | failed		and what became of the step after it; neither: a crash came between
 *	complete		all steps were taken
 *
 * A last line without its end was torn by a power cut and counts for nothing. Values and paths of the
 * kernel have no line ends inside.
 */

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"

struct journal {
	char *path;
	int fd;			/* to append to; -1: not open                          */
	int lock;		/* one command at a time                               */
	bool there;		/* the host was prepared at some time                  */
	bool same_boot;		/* and was not started anew since then                 */
	bool complete;
	bool in_doubt;		/* nobody wrote down what became of the last step      */
	char *bundle, *target;	/* NULL: an older program did not say                  */
	struct strv undo;	/* for each step that was taken, oldest first          */
};

#define JOURNAL_INIT { .fd = -1, .lock = -1 }

/**
 * journal_open - what was done to this host
 * @ret:   journal_close() frees it
 * @state: folder of installed guests
 * @err:   ERR_BUSY if another command is at it; a host that was never prepared is no error
 */
int journal_open(struct journal *ret, const char *state, struct error *err);

/**
 * journal_begin - be ready for journal_note()
 *
 * What was done since the last start of the host stays written down; of what was done before, only the
 * files that are still there.
 */
int journal_begin(struct journal *j, const char *bundle, const char *target, struct error *err);

/** journal_note - a line, on the disk when this returns */
int journal_note(struct journal *j, struct error *err, const char *fmt, ...) PRINTF_LIKE(3, 4);

/** journal_keep - only @undo is left to be undone; nothing: the journal is deleted */
int journal_keep(struct journal *j, const struct strv *undo, struct error *err);

void journal_close(struct journal *j);

#define CLEANUP_JOURNAL __attribute__((cleanup(journal_close)))

#endif
