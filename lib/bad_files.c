// SPDX-License-Identifier: GPL-2.0-or-later
/* Which files lie on the areas of a captured disk that could not be read. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "lib/bad_files.h"
#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/usedmap.h"

static int report_disk(const struct capture *c, size_t i, struct report *ret, struct error *err)
{
	const struct capture_disk *d = &c->disks[i];
	struct source source CLEANUP_SOURCE = SOURCE_INIT;
	struct mapfile map CLEANUP_MAPFILE = MAPFILE_INIT;
	struct ranges bad CLEANUP_RANGES = RANGES_INIT;
	struct strv names CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *path = capture_disk_path(c, i), *size = format_size(d->bad_bytes);

	if (capture_map(c, i, &map, err) < 0 ||
	    source_open(&source, path, d->base ? SOURCE_BACKED : 0, err) < 0)
		return -1;
	mapfile_unread(&map, &bad);
	if (usedmap_name_files(&source, &bad, &names, err) < 0)
		return -1;
	report_remedy(report_add(ret, FINDING_WARNING, d->file, "%s could not be read, in %zu areas",
				 size, bad.n), "%s says where", d->map);
	for (size_t n = 0; n < names.n; n++)
		report_remedy(report_add(ret, FINDING_WARNING, d->file,
					 "lies where the disk could not be read: %s", names.v[n]),
			      "restore it from a backup or another machine");
	return 0;
}

int bad_files_report(const struct capture *c, struct report *ret, struct error *err)
{
	for (size_t i = 0; i < c->n_disks; i++)
		if (c->disks[i].bad_bytes && report_disk(c, i, ret, err) < 0)
			return -1;
	return 0;
}
