/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_HTML_H
#define REHOST_HTML_H

/* HTML into a stream: one file without script and network, for a screen, a phone and paper. */

#include <stddef.h>
#include <stdio.h>

#include "lib/base/error.h"

/** html_begin, html_end - the document around its contents, with its style */
void html_begin(FILE *out, const char *title);
void html_end(FILE *out);

/** html_put - printed text, escaped; it can come from anywhere */
void html_put(FILE *out, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** html_put_log - bytes of a serial line; colours are left out, what is no printable ASCII is a dot */
void html_put_log(FILE *out, const char *text, size_t len);

/** html_fact - a row of two: what, and its value; nothing when @value is NULL or empty */
void html_fact(FILE *out, const char *what, const char *value);

/** html_head - a row of headings; ends with NULL */
void html_head(FILE *out, const char *first, ...) __attribute__((sentinel));

/** html_cell - a cell with text, "-" for NULL */
void html_cell(FILE *out, const char *text);

/** html_path - the same for a path or digest, which may be broken anywhere */
void html_path(FILE *out, const char *text);

/** html_image - a PNG inside the document */
void html_image(FILE *out, const void *png, size_t len, const char *description);

#endif
