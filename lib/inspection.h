/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_INSPECTION_H
#define REHOST_INSPECTION_H

/*
 * What was found on the disks of an old PC: partitions, file systems, systems, and the machine
 * model that each system can drive today, every value with its evidence.
 *
 *	struct inspection in CLEANUP_INSPECTION = INSPECTION_INIT;
 *
 *	if (inspect(&app, NULL, &in, err) < 0)
 *		return -1;
 *	sys = inspection_choose(&in, root_option, err);
 *
 * Devices are called as the appliance calls them: disk 0 is /dev/sda whatever the old PC called it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/appliance.h"
#include "lib/base/error.h"
#include "lib/base/strv.h"
#include "lib/machine_model.h"
#include "lib/report.h"
#include "lib/tree.h"

struct windows;
struct driver_set;
struct old_system;

#define INSPECT_BITLOCKER "BitLocker"	/* type of such a file system */
#define INSPECT_BITLOCKER_TEXT "it is encrypted by BitLocker, whose key stays in the old PC"
#define INSPECT_BITLOCKER_REMEDY                                                                   \
	"decrypt it on the old PC with 'manage-bde -off' and capture it again"

enum { INSPECT_MAX_DISKS = 26, INSPECT_MAX_PARTITIONS = 128 };

struct inspected_disk {
	char *device;		/* /dev/sda                                            */
	char *table;		/* mbr, gpt, none                                      */
	char *boot_code;	/* in sector 0: grub2, grub-legacy, lilo, …, none      */
	uint64_t size;		/* [bytes]                                             */
	uint32_t heads, sectors;	/* that its partition table counts in; 0: not known */
};

struct inspected_fs {
	char *device;		/* /dev/sda1, /dev/vg/root, /dev/md0                   */
	char *type;		/* ext4, ntfs, swap, LVM2_member, …; "" if not known   */
	char *uuid, *label;	/* of the file system, or NULL                         */
	char *part_uuid;	/* of the partition, or NULL                           */
	char *part_type;	/* 0x83, or a GUID; NULL without partition             */
	uint64_t size;		/* [bytes]                                             */
	uint64_t start;		/* on its disk [bytes]                                 */
	int disk;		/* index of the disk, -1: not on one disk              */
	unsigned int number;	/* of the partition, 0: none                           */
	bool bootable;		/* active flag of the MBR                              */
	char *unclean;		/* why it must be checked before it is written, or NULL */
	struct strv starters;	/* what starts Windows from it: ntldr, \Boot\BCD, …     */
};

struct inspected_mount {
	char *point;		/* /boot                                               */
	char *spec;		/* as fstab has it: /dev/sda1, UUID=…                  */
	char *type;
	char *device;		/* what it is here, or NULL if it was not found        */
	char *options;		/* that say which part of it: subvol=@home; or NULL    */
};

struct inspected_kernel {
	char *version;		/* 6.1.0-50-686                                        */
	char *image;		/* /boot/vmlinuz-6.1.0-50-686, or NULL                 */
	char *initramfs;	/* /boot/initrd.img-6.1.0-50-686, or NULL              */
	char *modules;		/* /usr/lib/modules/6.1.0-50-686, or NULL              */
	struct strv early;	/* names of the modules in the initramfs               */
	bool boots;		/* the boot loader starts this one                     */
};

/* A value that the guest can drive today, and how that is known. */
struct inspected_ability {
	enum model_dim dim;
	unsigned int value;
	char *evidence;
};

struct inspected_nic {
	char *name;		/* eth0                                                */
	char *mac;		/* or NULL: no file names it                           */
	char *address;		/* 10.0.0.4/24, or NULL                                */
	char *gateway;		/* or NULL                                             */
	char *source;		/* file that says so                                   */
};

struct inspected_system {
	char *family;		/* linux, windows, dos                                 */
	char *name;		/* Debian GNU/Linux 12 (bookworm)                      */
	char *distro, *version;	/* debian, 12; "" if not known                         */
	char *hostname;		/* or NULL                                             */
	char *root;		/* device of its root file system                      */
	char *root_options;	/* that say which part of it: subvol=@; or NULL        */
	char *boot_loader;	/* grub2, grub-legacy, extlinux, lilo, systemd-boot, … */
	char *boot_config;	/* its file, or NULL                                   */
	char *esp;		/* where its EFI system partition is mounted, or NULL  */
	char *init;		/* systemd, sysvinit, upstart, openrc, …               */
	char *initramfs_tool;	/* initramfs-tools, dracut, mkinitrd, …                */
	char *network;		/* ifupdown, networkmanager, ifcfg, netplan, …         */
	char *acpi;		/* what answers the power button, or NULL              */
	struct inspected_mount *mounts;
	size_t n_mounts;
	struct inspected_kernel *kernels;	/* newest first                       */
	size_t n_kernels;
	struct inspected_nic *nics;
	size_t n_nics;
	struct machine_model can_drive;
	struct inspected_ability *abilities;
	size_t n_abilities;
	bool clock_by_default;	/* nothing in it says what the hardware clock holds     */
	struct tree tree;	/* its settings                                        */
	struct windows *windows;	/* what only Windows has, or NULL              */
	struct old_system *old;	/* what is carried unchanged: lib/old_system.h; or NULL */
	struct report findings;
};

struct inspection {
	struct inspected_disk *disks;
	size_t n_disks;
	struct inspected_fs *filesystems;
	size_t n_filesystems;
	struct inspected_system *systems;
	size_t n_systems;
	struct report findings;
	const struct driver_set *drivers;	/* that the user offers; the caller's, or NULL */
};

#define INSPECTION_INIT { 0 }

/**
 * inspect - look at the disks of a running appliance
 * @app:     the appliance; nothing stays mounted
 * @keys:    passphrases to try on encrypted partitions, or NULL
 * @ret:     what was found; inspection_clear() frees it
 * @err:     only if the disks cannot be read at all: what is odd on them is a finding
 */
int inspect(const struct appliance *app, const struct strv *keys, struct inspection *ret,
	    struct error *err);

/**
 * inspection_choose - the system to work on
 * @in:   the inspection
 * @root: device of its root, or NULL: the only one
 * @err:  ERR_NOT_FOUND; ERR_REFUSED when there are several and @root is NULL
 */
struct inspected_system *inspection_choose(const struct inspection *in, const char *root,
					   struct error *err);

/** inspected_fs_is_efi - is it on an EFI system partition, by its type in the GPT or MBR? */
bool inspected_fs_is_efi(const struct inspected_fs *fs);

/** inspect_unclean - why a file system must be checked before it is written, or NULL; to be freed */
char *inspect_unclean(const struct appliance *app, const struct inspected_fs *fs);

/** inspect_unclean_ext - what the super block of an ext file system complains of, or NULL; to be freed */
char *inspect_unclean_ext(const struct appliance *app, const char *device);

/** inspection_fs - the file system on @device, or NULL */
const struct inspected_fs *inspection_fs(const struct inspection *in, const char *device);

/** system_can - record that @value can be driven, and why; the first evidence stays */
void system_can(struct inspected_system *sys, enum model_dim dim, unsigned int value,
		const char *evidence, ...) PRINTF_LIKE(4, 5);

/**
 * inspection_guess_clock - what the hardware clock of the old PC was found to hold ("utc", "localtime", or NULL)
 *
 * It counts for systems that do not say it themselves.
 */
void inspection_guess_clock(struct inspection *in, const char *guess);

/** system_evidence - how it is known that it can be driven, or NULL */
const char *system_evidence(const struct inspected_system *sys, enum model_dim dim,
			    unsigned int value);

/** inspect_mount_all - mount a system's file systems at their places, for reading or writing */
int inspect_mount_all(const struct appliance *app, const struct inspected_system *sys,
		      bool writable, struct error *err);

void inspection_clear(struct inspection *in);

#define CLEANUP_INSPECTION __attribute__((cleanup(inspection_clear)))

#endif
