/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PNG_H
#define REHOST_PNG_H

#include <stddef.h>

#include "lib/base/error.h"

/**
 * png_from_ppm - a picture in the form that every QEMU writes, as PNG
 * @data: portable pixmap: "P6", width, height, 255, then three bytes a pixel
 * @ret:  the caller frees it; it is not compressed
 * @err:  ERR_FORMAT if @data is no such picture
 *
 * Source: W3C, PNG specification, 5 and 10; RFC 1950, RFC 1951 (3.2.4, stored blocks).
 */
int png_from_ppm(const char *data, size_t len, char **ret, size_t *ret_len, struct error *err);

#endif
