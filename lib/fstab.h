/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_FSTAB_H
#define REHOST_FSTAB_H

/*
 * Lines of fields between blanks, with comments after '#': fstab, crypttab and their like. Nothing
 * is copied, so that an editor can replace one field and leave the rest of the text as it is.
 *
 *	struct fstab_line line = { .next = text };
 *
 *	while (fstab_next(&line))
 *		… line.field[0], line.len[0] …
 */

#include <stdbool.h>
#include <stddef.h>

enum { FSTAB_FIELDS = 6 };
enum { FSTAB_SPEC, FSTAB_POINT, FSTAB_TYPE, FSTAB_OPTIONS };

struct fstab_line {
	const char *next;			/* where to go on; the text at first */
	const char *start;			/* of this line                      */
	const char *field[FSTAB_FIELDS];
	size_t len[FSTAB_FIELDS];		/* 0: there is no such field         */
	size_t n;
};

/** fstab_next - go to the next line that has fields; false at the end */
bool fstab_next(struct fstab_line *line);

/** fstab_field - copy of field @i, "" if it is not there; the caller frees it */
char *fstab_field(const struct fstab_line *line, size_t i);

/** fstab_unescape - a field with \040 and the like as the characters they stand for */
char *fstab_unescape(const char *field);

#endif
