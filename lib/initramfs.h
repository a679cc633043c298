/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_INITRAMFS_H
#define REHOST_INITRAMFS_H

/*
 * Initial RAM file systems: one or more cpio archives ("newc"), one behind the other, each plain or
 * compressed. The kernel unpacks them in order, so a further archive at the end adds files and
 * replaces files of the same name.
 *
 * Source: kernel Documentation/driver-api/early-userspace/buffer-format.rst.
 */

#include <stddef.h>

#include "lib/base/error.h"
#include "lib/tree.h"

enum {
	INITRAMFS_MAX = 512 << 20,	/* a larger one is not read            [bytes] */
	INITRAMFS_MAX_KEPT = 256 << 10,	/* contents of larger files are left out [bytes] */
};

/**
 * initramfs_read - the names, and the contents of small files, of an initramfs
 * @data: the whole file
 * @len:  its length                                       [bytes]
 * @ret:  gets its nodes; below lib/modules only names
 * @ret_compression: gzip, xz, zstd, …, none: of the last archive; a constant
 * @err:  ERR_FORMAT if it is none, or is damaged
 */
int initramfs_read(const char *data, size_t len, struct tree *ret, const char **ret_compression,
		   struct error *err);

/**
 * initramfs_plain - the same initramfs with its compressed archive unpacked
 * @data: the whole file
 * @len:  its length                                       [bytes]
 * @ret:  the new file; the caller frees it
 * @ret_len: its length                                    [bytes]
 * @err:  ERR_FORMAT if it is damaged or unpacks to more than INITRAMFS_MAX
 *
 * For kernels that cannot find the end of what they unpack, and so would miss an archive behind it.
 */
int initramfs_plain(const char *data, size_t len, char **ret, size_t *ret_len, struct error *err);

/** initramfs_module_name - "virtio_blk" for "/usr/lib/…/virtio_blk.ko.xz", or NULL; to be freed */
char *initramfs_module_name(const char *path);

#endif
