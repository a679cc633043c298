/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_PLAIN_H
#define REHOST_BASE_PLAIN_H

/**
 * plain_text - a text of anybody as one line of valid UTF-8 that does nothing to a terminal
 * @text: any bytes; freed
 *
 * Control characters and what turns the direction of writing become "\x1b", "\u202e", a byte that is no UTF-8
 * "\x84"; a tabulator becomes a blank. The result is not changed by a second time.
 *
 * Return: the text, to be freed; NULL for NULL.
 */
char *plain_text(char *text);

#endif
