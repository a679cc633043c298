/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_PROGRESS_H
#define REHOST_BASE_PROGRESS_H

/*
 * Progress of long work. Libraries report; the command line chose where and how it is shown. A NULL
 * object is allowed everywhere and means nobody looks.
 *
 *	progress_begin(p, "read disk", size);
 *	while (…)
 *		progress_update(p, done);
 *	progress_end(p);
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum progress_mode {
	PROGRESS_NONE,
	PROGRESS_BAR,		/* one line that is drawn again, for a terminal      */
	PROGRESS_LINES,		/* a line at the start, every 30 s and at the end    */
	PROGRESS_JSON,		/* one JSON object a line, once a second             */
};

struct progress {
	enum progress_mode mode;
	FILE *out;		/* usually standard error                      */
	char *phase;		/* NULL between phases                         */
	char *note;		/* shown behind the numbers: "2 bad areas"     */
	uint64_t done, total;	/* [bytes]; total 0: no size, a step only      */
	double start, last;	/* monotonic clock                          [s] */
};

/** progress_init - @mode as asked for; PROGRESS_BAR becomes _LINES if @out is no terminal */
void progress_init(struct progress *p, enum progress_mode mode, FILE *out);
void progress_begin(struct progress *p, const char *phase, uint64_t total);
void progress_update(struct progress *p, uint64_t done);
void progress_note(struct progress *p, const char *note);
void progress_end(struct progress *p);

/** progress_clear - erase the line, free everything */
void progress_clear(struct progress *p);

#define CLEANUP_PROGRESS __attribute__((cleanup(progress_clear)))

/** monotonic_seconds - a clock that only goes forward [s] */
double monotonic_seconds(void);

#endif
