/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CONVERTERS_BAD_AREAS_H
#define REHOST_CONVERTERS_BAD_AREAS_H

/* What could not be read from the old disk. The capture has zeros there, and a map that says where. */

#include <stdbool.h>

#include "lib/appliance.h"
#include "lib/capture.h"
#include "lib/inspection.h"

#define BAD_AREA_TEXT "REHOST: THIS SECTOR COULD NOT BE READ. "

/**
 * bad_areas_fill - name the files there, and put BAD_AREA_TEXT into each sector of files, over and over
 * @app:     no file system is mounted
 * @in:      what is on the disks
 * @c:       the capture
 * @dry_run: only report
 * @ret:     gets what bad_files_report() says, and what was filled
 *
 * Only files on FAT and what lies in no volume are filled: the rest stays zeros.
 */
int bad_areas_fill(const struct appliance *app, const struct inspection *in, const struct capture *c,
		   bool dry_run, struct report *ret, struct error *err);

#endif
