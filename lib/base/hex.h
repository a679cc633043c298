/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_HEX_H
#define REHOST_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** hex_from - two digits a byte, lower case, with a 0 behind them; @ret has room for 2 * @len + 1 */
void hex_from(const void *data, size_t len, char *ret);

/** hex_to - the way back, from the first 2 * @len characters; false if one of them is no lower-case digit */
bool hex_to(const char *text, void *ret, size_t len);

#endif
