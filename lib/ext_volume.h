/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_EXT_VOLUME_H
#define REHOST_EXT_VOLUME_H

/* libext2fs on a volume that is never written. */

#include <ext2fs/ext2fs.h>

#include "lib/base/strv.h"
#include "lib/ranges.h"
#include "lib/volume.h"

/**
 * ext_volume_open - open ext2, ext3 or ext4
 * @v:   stays in use until ext_volume_close()
 * @err: ERR_FORMAT
 *
 * The library tells standard error nothing of what it thinks of the file system.
 */
int ext_volume_open(const struct volume *v, ext2_filsys *ret, struct error *err);
void ext_volume_close(ext2_filsys fs);

/** ext_failed - what the library says; -1 */
int ext_failed(struct error *err, const char *what, errcode_t rc);

/** ext_name_files - names of the files in some areas, struct usedmap_reader */
int ext_name_files(const struct volume *v, const struct ranges *areas, struct strv *ret,
		   struct error *err);

#endif
