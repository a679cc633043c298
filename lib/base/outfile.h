/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_OUTFILE_H
#define REHOST_BASE_OUTFILE_H

/*
 * Results that are whole or not there.
 *
 * A file is written as NAME.partial, synced and renamed; a folder is filled as NAME.partial/, synced
 * and renamed. Whatever leaves early (error, Ctrl-C) discards the partial one; what a power cut leaves
 * behind carries the suffix and is replaced by the next run. A lock on it keeps two runs apart.
 *
 *	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
 *
 *	if (outfile_open(&out, path, OUTFILE_NEW, err) < 0)
 *		return -1;
 *	fprintf(out.f, "…");
 *	return outfile_commit(&out, err);
 */

#include <stdbool.h>
#include <stdio.h>

#include "lib/base/error.h"

#define PARTIAL_SUFFIX ".partial"

enum outfile_mode {
	OUTFILE_NEW,		/* refuse if the name is taken              */
	OUTFILE_REPLACE,	/* replace a file of that name, atomically  */
};

struct outfile {
	FILE *f;		/* write here */
	char *path, *partial;
	enum outfile_mode mode;
};

#define OUTFILE_INIT { NULL, NULL, NULL, OUTFILE_NEW }

int outfile_open(struct outfile *ret, const char *path, enum outfile_mode mode, struct error *err);
int outfile_commit(struct outfile *out, struct error *err);
void outfile_discard(struct outfile *out);

#define CLEANUP_OUTFILE __attribute__((cleanup(outfile_discard)))

enum outdir_mode {
	OUTDIR_NEW,		/* start empty; what a crash left is removed     */
	OUTDIR_RESUME,		/* go on with what is there; kept when discarded */
};

struct outdir {
	char *path;		/* final name, absolute                             */
	char *partial;		/* the folder to fill now, absolute; NULL: none open */
	int fd;			/* that folder                                      */
	enum outdir_mode mode;
};

#define OUTDIR_INIT { NULL, NULL, -1, OUTDIR_NEW }

/**
 * outdir_open - begin a result folder
 * @ret:  fill ret->partial, then outdir_commit()
 * @path: final name; refused with ERR_EXISTS if anything of that name is there
 * @mode: OUTDIR_NEW, OUTDIR_RESUME
 * @err:  ERR_BUSY if another run is filling it
 */
int outdir_open(struct outdir *ret, const char *path, enum outdir_mode mode, struct error *err);
int outdir_commit(struct outdir *out, struct error *err);
void outdir_discard(struct outdir *out);

#define CLEANUP_OUTDIR __attribute__((cleanup(outdir_discard)))

/** file_write - a whole small file in one call */
int file_write(const char *path, const void *data, size_t len, enum outfile_mode mode,
	       struct error *err);

#endif
