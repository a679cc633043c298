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
 * bad_areas_fill - put BAD_AREA_TEXT into each sector, over and over, and name the files there
 * @app:     no file system is mounted
 * @in:      what is on the disks
 * @c:       the capture
 * @dry_run: only report
 * @ret:     gets a warning for each area
 */
int bad_areas_fill(const struct appliance *app, const struct inspection *in, const struct capture *c,
		   bool dry_run, struct report *ret, struct error *err);

#endif
