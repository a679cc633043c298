/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BAD_FILES_H
#define REHOST_BAD_FILES_H

/* What the areas mean that could not be read: which files have zeros where their bytes were. */

#include "lib/capture.h"
#include "lib/report.h"

/**
 * bad_files_report - a warning for each file that lies on an area that could not be read
 * @c:   the capture
 * @ret: findings are added; where files cannot be told, one says so
 * @err: interrupted, or the capture cannot be read
 */
int bad_files_report(const struct capture *c, struct report *ret, struct error *err);

#endif
