/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_LIFE_H
#define REHOST_LIFE_H

/*
 * Does a guest live? Judged by what it wrote to its serial port, by what its firmware says about
 * booting, and by pictures of its screen. Everything here is pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/accel.h"
#include "lib/base/digest.h"
#include "lib/base/error.h"
#include "lib/guest.h"

enum {
	LIFE_PATTERN_MAX = 512,		/* characters of a pattern            */
	LIFE_LINE_MAX = 4096,		/* a line is judged up to here        */
	LIFE_SCREENS = 6,		/* pictures that must agree to settle */
	LIFE_LEAST_SECONDS = 60,
	LIFE_SCREEN_TICKS = 5,		/* seconds between two pictures       */
	LIFE_SCREEN_SECONDS = 30,	/* a screen that settles earlier is the firmware's */
	LIFE_CALM_BYTES = 1 << 20,	/* read while the screen stood still: it is still loading */
};

enum life_sign { LIFE_UNKNOWN, LIFE_ALIVE, LIFE_DEAD };

struct life_verdict {
	enum life_sign sign;
	char *line;		/* the line that says it, as it can be printed; NULL: unknown */
	const char *why;	/* LIFE_DEAD: what such a line means                          */
};

#define LIFE_VERDICT_INIT { LIFE_UNKNOWN, NULL, NULL }

/**
 * console_text - what a terminal would have shown, as lines of plain text
 * @data: bytes from a serial port
 * @len:  their number
 *
 * Escape sequences, carriage returns and control characters go; bytes above 0x7f become '?'.
 *
 * Return: text; the caller frees it.
 */
char *console_text(const void *data, size_t len);

/** console_last_lines - the last @n lines of @text that are not empty; the caller frees it */
char *console_last_lines(const char *text, size_t n);

/**
 * life_judge - the first line that says whether the guest lives
 * @text:    from console_text()
 * @pattern: extended regular expression of life; NULL: only signs of death are looked for
 * @ret:     life_verdict_clear() frees it
 * @err:     ERR_FORMAT if @pattern is no regular expression
 */
int life_judge(const char *text, const char *pattern, struct life_verdict *ret, struct error *err);

void life_verdict_clear(struct life_verdict *v);

#define CLEANUP_LIFE_VERDICT __attribute__((cleanup(life_verdict_clear)))

/**
 * life_seconds - how long to wait for life
 * @life:  what the guest says; its deadline is meant for emulation
 * @accel: what runs it: with hardware help less is enough, but never less than a minute
 */
uint64_t life_seconds(const struct guest_life *life, enum accel accel);

/* The last pictures of a screen. */
struct life_screens {
	char digest[LIFE_SCREENS][DIGEST_HEX_SIZE];
	uint64_t read[LIFE_SCREENS];	/* from its disks until then [bytes] */
	size_t n;			/* taken so far */
};

#define LIFE_SCREENS_INIT { .n = 0 }

/** life_screens_add - one more picture, and what was read from the disks until then [bytes] */
void life_screens_add(struct life_screens *s, const char digest[DIGEST_HEX_SIZE], uint64_t read);

/** life_screens_settled - do the last pictures agree, but for a cursor that blinks? */
bool life_screens_settled(const struct life_screens *s);

/** life_screens_alive - settled, after @seconds, by a system that has come up and loads nothing more */
bool life_screens_alive(const struct life_screens *s, double seconds);

#endif
