/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PREPARATION_H
#define REHOST_PREPARATION_H

/*
 * What a host needs before the guests of a plan can run as planned: isolated processors, interrupts that
 * stay away from them, huge pages, PCI cards bound to VFIO, bridges, shares of the cache.
 *
 * The steps are worked out first and can be shown; what is there already is left out. Only
 * preparation_apply() changes the host. It writes down how to undo each step before it takes it, and what
 * became of it after that, so that preparation_undo() works after a crash, too, and takes nothing away that
 * was there before. What it did ends with the host's next start: it is to be done again then.
 *
 *	if (preparation_make(&prep, &plan, "/", err) < 0)
 *		return -1;
 *	… show prep.steps …
 *	if (preparation_apply(&prep, state, &from, &report, err) < 0) …
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
	bool inside;		/* STEP_WRITE: ends with the folder of the step before it */
};

struct preparation {
	char *root;		/* "/", or a folder with a copy of /sys and /proc */
	struct step *steps;
	size_t n_steps;
	struct report findings;	/* what a person has to do, and why something is not done */
};

#define PREPARATION_INIT { 0 }

/* What a hypervisor wants of the host; struct target says it. */
enum {
	PREPARE_PROCESSORS = 1 << 0,	/* isolated ones, and interrupts that stay away from guests   */
	PREPARE_PAGES = 1 << 1,		/* huge pages of Linux                                        */
	PREPARE_CACHE = 1 << 2,		/* ways of the cache that are left to guests                  */
	PREPARE_GROUPS = 1 << 3,	/* and a group of resctrl for each; else it makes its own     */
	PREPARE_VFIO = 1 << 4,		/* PCI cards are bound to VFIO                                */
	PREPARE_PCIBACK = 1 << 5,	/* PCI cards are given to Xen                                 */
	PREPARE_BRIDGES = 1 << 6,	/* for guests on network cards of the host                    */
	PREPARE_NET = 1 << 7,		/* and one for those that have none of them: GUEST_NET_BRIDGE */
};

/**
 * preparation_make - the steps for a plan on this host that are not taken yet
 * @ret:  preparation_clear() frees it
 * @plan: with its host and guests
 * @what: PREPARE_… of the hypervisor
 * @root: see above; only looked at
 * @err:  ERR_UNSUPPORTED if a card shares its IOMMU group with what its guest does not get
 */
int preparation_make(struct preparation *ret, const struct plan *plan, unsigned int what,
		     const char *root, struct error *err);

/** preparation_text - the steps as a person would type them; the caller frees it */
char *preparation_text(const struct preparation *p);

/* For whom a host is prepared. */
struct prepared {
	char *bundle;		/* folder below bundles/ of the state folder; NULL: not known */
	char *target;		/* the hypervisor                                             */
	bool outstanding;	/* not done, or not all of it, since the host was started     */
};

#define PREPARED_INIT { NULL, NULL, false }

/** preparation_look - 1: the host is or was prepared, and @ret says for whom; 0: it never was */
int preparation_look(const char *state, struct prepared *ret, struct error *err);

void prepared_clear(struct prepared *p);

/**
 * preparation_apply - take the steps; programs are run only when the root is "/"
 * @state: folder that gets the file PREPARED
 * @from:  the bundle and the target that are written down for the next start of the host; when it is
 *         outstanding there, what is left of the steps is taken
 * @err:   ERR_BUSY if the host is prepared already; after another error preparation_undo() undoes
 *         what was done
 */
int preparation_apply(const struct preparation *p, const char *state, const struct prepared *from,
		      struct report *ret, struct error *err);

/**
 * preparation_undo - everything backwards
 * @err: ERR_NOT_FOUND if the host is not prepared; ERR_CHILD if something could not be undone: @ret says
 *       what, and it stays written down
 */
int preparation_undo(const char *state, const char *root, struct report *ret, struct error *err);

void preparation_clear(struct preparation *p);

#define PREPARED "prepared"	/* in the state folder: how to undo what was done */
#define CLEANUP_PREPARATION __attribute__((cleanup(preparation_clear)))
#define CLEANUP_PREPARED __attribute__((cleanup(prepared_clear)))

#endif
