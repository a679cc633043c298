/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PREPARATION_H
#define REHOST_PREPARATION_H

/*
 * What a host needs before the guests of a plan can run as planned: isolated processors, interrupts that
 * stay away from them, huge pages, PCI cards bound to VFIO, bridges, shares of the cache.
 *
 * The steps are worked out first and can be shown; only preparation_apply() changes the host. It writes
 * down how to undo each step before it takes it, so that preparation_undo() works after a crash, too.
 *
 *	if (preparation_make(&prep, &plan, "/", err) < 0)
 *		return -1;
 *	… show prep.steps …
 *	if (preparation_apply(&prep, state, &report, err) < 0) …
 */

#include "lib/base/error.h"
#include "lib/base/strv.h"
#include "lib/plan.h"
#include "lib/report.h"

enum step_kind {
	STEP_WRITE,	/* a value into a file of the kernel; undone by the value from before */
	STEP_FILE,	/* a new file with a text; undone by deleting it                      */
	STEP_FOLDER,	/* a new folder in a file system of the kernel                        */
	STEP_RUN,	/* a program; undone by another one                                   */
};

struct step {
	enum step_kind kind;
	char *why;		/* for people: one phrase               */
	char *path;		/* absolute, below the root             */
	char *value;		/* to write                             */
	char *back;		/* STEP_WRITE: value that undoes it; NULL: the one from before */
	struct strv run, undo;	/* STEP_RUN; undo may be empty          */
	bool optional;		/* the kernel may refuse it             */
};

struct preparation {
	char *root;		/* "/", or a folder with a copy of /sys and /proc */
	struct step *steps;
	size_t n_steps;
	struct report findings;	/* what a person has to do, and why something is not done */
};

#define PREPARATION_INIT { 0 }

/**
 * preparation_make - the steps for a plan on this host
 * @ret:  preparation_clear() frees it
 * @plan: with its host and guests
 * @root: see above; only looked at
 * @err:  ERR_UNSUPPORTED if a card shares its IOMMU group with what its guest does not get
 */
int preparation_make(struct preparation *ret, const struct plan *plan, const char *root,
		     struct error *err);

/** preparation_text - the steps as a person would type them; the caller frees it */
char *preparation_text(const struct preparation *p);

/**
 * preparation_apply - take the steps; programs are run only when the root is "/"
 * @state: folder that gets the file PREPARED
 * @err:   ERR_BUSY if the host is prepared already; after another error preparation_undo() undoes
 *         what was done
 */
int preparation_apply(const struct preparation *p, const char *state, struct report *ret,
		      struct error *err);

/** preparation_undo - everything backwards; ERR_NOT_FOUND if the host is not prepared */
int preparation_undo(const char *state, const char *root, struct report *ret, struct error *err);

void preparation_clear(struct preparation *p);

#define PREPARED "prepared"	/* in the state folder: how to undo what was done */
#define CLEANUP_PREPARATION __attribute__((cleanup(preparation_clear)))

#endif
