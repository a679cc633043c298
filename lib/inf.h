/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_INF_H
#define REHOST_INF_H

/*
 * INF files: how a driver of Windows says which devices it is for and how it is installed. No
 * library reads them; the format is that of Microsoft's "INF file sections and directives".
 *
 *	struct inf inf CLEANUP_INF = INF_INIT;
 *
 *	if (inf_parse(&inf, "viostor.inf", data, len, err) < 0)
 *		return -1;
 *	class = inf_value(&inf, "Version", "Class");
 *
 * UTF-16 with its mark, UTF-8, and the code page 1252 are read. Names are compared without case,
 * %tokens% are replaced by what [Strings] says.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"

enum { INF_MAX = 4 << 20, INF_MAX_LINES = 200000, INF_MAX_LINE = 64 << 10 };

struct inf_line {
	char *key;		/* left of "=", or NULL       */
	struct strv fields;	/* between commas, unquoted   */
};

struct inf_section {
	char *name;
	struct inf_line *lines;
	size_t n_lines;
};

struct inf {
	struct inf_section *sections;	/* those of one name are one */
	size_t n_sections;
};

#define INF_INIT { NULL, 0 }

/**
 * inf_parse - read an INF file
 * @ret:  inf_clear() frees it
 * @name: for messages
 * @data, @len: the file
 * @err:  ERR_FORMAT if it passes a limit or has no section
 */
int inf_parse(struct inf *ret, const char *name, const void *data, size_t len, struct error *err);

void inf_clear(struct inf *inf);

#define CLEANUP_INF __attribute__((cleanup(inf_clear)))

/** inf_section - by name, or NULL */
const struct inf_section *inf_section(const struct inf *inf, const char *name);

/** inf_line - the first line with this key, or NULL */
const struct inf_line *inf_line(const struct inf *inf, const char *section, const char *key);

/** inf_value - the first field of that line, or NULL */
const char *inf_value(const struct inf *inf, const char *section, const char *key);

/** inf_field - field @i of a line, "" if it has not so many */
const char *inf_field(const struct inf_line *line, size_t i);

#endif
