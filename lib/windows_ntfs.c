// SPDX-License-Identifier: GPL-2.0-or-later
/* The file system of a Windows, read before it is mounted: a mount throws an open journal away. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/appliance_reader.h"
#include "lib/base/alloc.h"
#include "lib/ntfs_volume.h"
#include "lib/source.h"
#include "lib/windows_look.h"

static int read_device(struct source *s, uint64_t start, void *buf, size_t len)
{
	return reader_get(s->own, start, buf, len) < 0 ? -EIO : 0;
}

static const struct source_ops device_ops = { .read = read_device };

static void not_unmounted(struct inspected_system *sys, const struct error *why)
{
	report_remedy(report_add(&sys->findings, FINDING_ERROR, sys->root,
				 "its file system was not unmounted: %s", why->msg),
		      "start the old PC, run 'chkdsk /f', shut it down with 'shutdown /s /t 0' and "
		      "capture it again");
}

/* What cannot be told here is found by the conversion: it mounts an open journal's volume read-only. */
void windows_look_at_ntfs(const struct appliance *app, const struct inspection *in,
			  struct inspected_system *sys)
{
	const struct inspected_fs *fs = inspection_fs(in, sys->root);
	struct appliance_reader r CLEANUP_APPLIANCE_READER = { 0 };
	struct source device = SOURCE_INIT;
	struct volume v CLEANUP_VOLUME = VOLUME_INIT;
	struct error none CLEANUP_ERROR = ERROR_INIT, why CLEANUP_ERROR = ERROR_INIT;
	struct ntfs n;

	if (!fs || strcmp(fs->type, "ntfs") != 0)
		return;
	appliance_reader_begin(&r, app, sys->root, fs->size);
	device.name = sys->root;
	device.size = device.data_size = fs->size;
	device.ops = &device_ops;
	device.own = &r.reader;
	volume_begin(&v, &device, sys->root);
	if (volume_add(&v, NULL, 0, fs->size, &none) < 0 || ntfs_open(&n, &v, &none) < 0)
		return;
	if (ntfs_check_flags(&n, &why) < 0 || (!sys->windows->hibernated && ntfs_check_log(&n, &why) < 0))
		not_unmounted(sys, &why);
	ntfs_close(&n);
}
