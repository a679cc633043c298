/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_KERNEL_DISK_H
#define REHOST_KERNEL_DISK_H

/*
 * The kernel of a guest that starts without firmware, on a small disk that is added to its own.
 *
 * Hypervisors of that kind want the kernel as files of the host, and a guest replaces its kernel from
 * time to time. So the guest writes each new one to this disk (converters/linux_kernel_disk.c puts the
 * script for that into it), and the host takes the files from there before each start.
 *
 *	sector 0		"rehost-kernel 1 SLOT KERNEL-BYTES INITRAMFS-BYTES\n", then zeros
 *	1 MiB, 128 MiB		slots 0 and 1: the kernel, and from the next MiB on the initramfs
 *
 * The guest fills the slot that is not in use and then writes sector 0, so that one of the two always
 * is whole.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/guest.h"

#define KERNEL_FILE "kernel"		/* as kernel_disk_extract() names them */
#define INITRAMFS_FILE "initramfs"
#define KERNEL_DISK_MAGIC "rehost-kernel 1 "

enum {
	KERNEL_DISK_SIZE = 256 << 20,	/* [bytes] */
	KERNEL_DISK_SLOT = 127 << 20,	/* [bytes] */
	KERNEL_DISK_UNIT = 1 << 20,	/* [bytes] */
};

/* What sector 0 says. */
struct kernel_disk {
	uint64_t kernel_start, kernel_size;		/* [bytes]                   */
	uint64_t initramfs_start, initramfs_size;	/* [bytes]; size 0: none     */
};

/**
 * kernel_disk_obstacle - why a hypervisor could not start this kernel, or NULL
 * @kernel: the image, a file of the guest: anything can be in it
 * @len:    its size [bytes]
 *
 * acrn-dm puts every kernel at 16 MiB. Those of before Linux 2.6.20, and later ones that were built so, run
 * at 1 MiB only, which is where QEMU puts them: a boot there would prove nothing.
 *
 * Source: Linux, Documentation/arch/x86/boot.rst, fields header, version, loadflags, relocatable_kernel;
 * ACRN, devicemodel/core/sw_load_bzimage.c.
 */
const char *kernel_disk_obstacle(const void *kernel, size_t len);

/**
 * kernel_disk_memory - how much memory a machine must have that these are handed over to
 * @kernel: an image without obstacle
 *
 * As acrn-dm lays them out: the kernel at 16 MiB, which unpacks itself right there; the initramfs at the end of
 * memory below 4 GiB, behind it 8 KiB for the options and what describes the machine, before it 2 KiB for the table of
 * segments. With less acrn-dm refuses to start, or the kernel unpacks itself over its initramfs.
 *
 * Return: [bytes]
 * Source: ACRN, devicemodel/core/sw_load_bzimage.c; Linux, Documentation/arch/x86/boot.rst, field init_size.
 */
uint64_t kernel_disk_memory(const void *kernel, size_t kernel_size, size_t initramfs_size);

/**
 * kernel_disk_make - a new disk, as qcow2
 * @path:          its file; refused if it is there
 * @kernel:        the kernel image
 * @initramfs:     or NULL
 * @err:           ERR_NO_SPACE if the two do not fit into a slot
 */
int kernel_disk_make(const char *path, const void *kernel, size_t kernel_size,
		     const void *initramfs, size_t initramfs_size, struct error *err);

/**
 * kernel_disk_parse - read sector 0
 * @ret:    every range in it lies inside of the disk
 * @sector: 512 bytes, written by a guest: anything can be in it
 * @err:    ERR_FORMAT
 */
int kernel_disk_parse(struct kernel_disk *ret, const void *sector, struct error *err);

/**
 * kernel_disk_extract - the files that the guest starts from, if it starts from files
 * @g:   the guest
 * @dir: folder with its disks, under the names of @g, as qcow2 overlays; gets KERNEL_FILE and
 *       INITRAMFS_FILE in the place of older ones. An initramfs that is not there is an empty file.
 * @err: ERR_FORMAT if the disk holds no kernel; the older files then stay
 */
int kernel_disk_extract(const struct guest *g, const char *dir, struct error *err);

#endif
