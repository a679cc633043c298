/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_UTF16_H
#define REHOST_UTF16_H

/* Texts as Windows and DOS write them: UTF-16, little-endian, and code pages. */

#include <stddef.h>

/**
 * utf16_to_utf8 - text for people and for comparing
 * @data: UTF-16LE; an odd byte at the end is dropped
 * @len:  its length                                       [bytes]
 *
 * What is no character becomes U+FFFD. Return: UTF-8, a 0 byte behind it; the caller frees it.
 */
char *utf16_to_utf8(const void *data, size_t len);

/**
 * utf16_from_utf8 - the way back
 * @text:    UTF-8; bytes that are none become U+FFFD
 * @ret_len: length without the two 0 bytes at the end     [bytes]
 *
 * Return: UTF-16LE with two 0 bytes behind it; the caller frees it.
 */
char *utf16_from_utf8(const char *text, size_t *ret_len);

/** ansi_to_utf8 - Windows code page 1252 as UTF-8; the caller frees it */
char *ansi_to_utf8(const void *data, size_t len);

/**
 * dos_to_utf8 - IBM code page 437 as UTF-8; the caller frees it
 *
 * Letters of Western Europe lie where 850 has them, too. Where this machine does not know the code page the bytes
 * stay as they are.
 */
char *dos_to_utf8(const void *data, size_t len);

#endif
