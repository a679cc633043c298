/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_OLD_TEXT_H
#define REHOST_OLD_TEXT_H

/* Settings of DOS, Windows 3 and 9x, OS/2 as text: remarks, words, the program that a line runs. */

#include <stdbool.h>
#include <stddef.h>

/**
 * old_text_blank_remarks - put blanks over lines that set and run nothing
 * @text: REM, ;, ::, labels and ECHO of a text to the screen become blanks, so that lengths stay
 */
void old_text_blank_remarks(char *text);

/** old_text_word - the first place of a word as a whole: NE2000 in \NET\NE2000.COM, not in ONE2000; or NULL */
const char *old_text_word(const char *text, const char *word);

/** old_text_word_start - the first place where a word begins so: ASPI in \ASPI8DOS.SYS, not in WASPI; or NULL */
const char *old_text_word_start(const char *text, const char *start);

/** old_text_next - the line behind this one; at the end of the text it points to the 0 byte */
const char *old_text_next(const char *line);

/** old_text_value - behind "NAME =" at the begin of a line, case does not matter; NULL: it is another line */
const char *old_text_value(const char *line, const char *name);

/**
 * old_text_program - which program a line of CONFIG.SYS or a batch file runs
 * @line:    what stands before it is passed over: @, CALL, LH, LOADHIGH, DEVICE=, INSTALL=, …
 * @ret_len: of its name without folder and ending
 *
 * Return: its name, in @line; NULL: none
 */
const char *old_text_program(const char *line, size_t *ret_len);

#endif
