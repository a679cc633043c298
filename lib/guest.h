/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_GUEST_H
#define REHOST_GUEST_H

/*
 * A guest: folder NAME.guest with guest.xml (what must be provided to run it) and its disks, which
 * are qcow2 overlays on the disks of a capture until they are flattened. Written by convert, read
 * by validate, plan, generate and bundle.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/digest.h"
#include "lib/base/error.h"
#include "lib/machine_model.h"
#include "lib/report.h"

#define GUEST_SUFFIX ".guest"
#define GUEST_FILE "guest.xml"

struct guest_disk {
	char *file;		/* disk0.qcow2, inside the folder                           */
	char *format;		/* qcow2, raw                                               */
	char *backing;		/* path of the capture's disk, relative to the folder; NULL */
	char *serial;		/* of the old drive, or NULL                                */
	uint64_t size;		/* as the guest sees it                             [bytes] */
	bool boot;		/* the firmware starts from it                              */
	/* of its image in a bundle, and of the artifact made of it; "" where there is none. Not written. */
	char image[DIGEST_HEX_SIZE], artifact[DIGEST_HEX_SIZE];
	uint64_t image_size;	/*                                                  [bytes] */
	uint64_t cylinders, heads, sectors;	/* as the old PC's BIOS told them; 0: not known */
	char *added;		/* DISK_LOADER, DISK_KERNEL: not of the old PC; else NULL    */
};

#define DISK_LOADER "loader"	/* a boot loader for a firmware that the old PC had not      */
#define DISK_KERNEL "kernel"	/* the kernel that starts without one: lib/kernel_disk.h     */

struct guest_nic {
	char *mac;		/* of the old card                             */
	char *name;		/* eth0: what the guest calls it, or NULL      */
	char *address;		/* 10.0.0.4/24, or NULL: dynamic or not known  */
	char *gateway;		/* or NULL                                     */
	uint64_t port, irq;	/* of an ISA card; 0: not known                */
};

/* A printer port; addresses as the old PC had them, 0: not known. */
struct guest_parallel {
	char *old;		/* parport0, LPT1 */
	uint64_t port, irq;
};

/* What only systems need that were made for one kind of PC. */
struct guest_legacy {
	bool present;
	bool acpi;		/* the machine shows tables of ACPI                         */
	char *cpu;		/* processor: pentium, pentium3, …                          */
	char *sound;		/* sb16, es1370, ac97; NULL: none                           */
	uint64_t sound_port, sound_irq, sound_dma;	/* of an ISA card; 0: the usual ones */
	bool floppy;		/* an empty floppy drive                                    */
	char *stop;		/* how it is stopped: off, "delay SECONDS", "keys a-b-c"    */
	char *disk_access;	/* int13-chs, int13-lba, own; NULL: not known               */
	char *ticks;		/* what its clock counts: pit, rtc, counter; NULL: not known */
};

struct guest_serial {
	char *old;		/* what it was on the old PC: ttyS0, COM1      */
	uint64_t port, irq;	/* as the old PC had it; 0: not known          */
};

/* One key or value of a registry, in a hive that was changed. */
struct guest_key {
	char *hive;		/* its file in the guest                                */
	char *key;
	char *value;		/* its name, "": the nameless one; NULL: the key itself */
	char *before, *after;	/* in words; NULL: it was not, is not there             */
};

/* One file that a converter changed, added, moved or left although it looked at it. */
struct guest_change {
	char *path;		/* inside the guest */
	char *action;		/* changed, added, renamed, removed, left */
	char *before, *after;	/* SHA-256, or NULL where there is no such side */
	char *sha1;		/* of what is there after it, else of what was before: SPDX wants it */
	char *why;
};

struct guest_file {
	char *path;
	char *digest, *sha1;	/* digest: SHA-256 */
};

/* A driver or program that a converter put in; lib/guest_changes.h. */
struct guest_software {
	char *kind;		/* SOFTWARE_…                                  */
	char *name;		/* viostor.inf, virtio_blk                     */
	char *version;		/* as its makers number it, or NULL            */
	char *source;		/* virtio-win.iso: /viostor/w7/x86/viostor.inf */
	struct guest_file *files;
	size_t n_files;
};

enum life_kind { LIFE_SERIAL, LIFE_SCREEN, LIFE_AGENT };

/* How one sees that it lives. */
struct guest_life {
	enum life_kind kind;
	char *pattern;		/* extended regular expression; without a serial port it may be "" */
	uint64_t seconds;	/* deadline under emulation [s] */
};

struct guest {
	char *dir;		/* absolute, set by guest_open()                            */
	char *name;
	char *uuid;		/* of the old PC's SMBIOS, else derived from the name        */
	char *capture;		/* folder of the capture, relative to dir; NULL when flattened */
	char *converter;	/* name of the converter that made it                       */
	char *family;		/* linux, windows, dos, …                                   */
	char *system;		/* Debian GNU/Linux 12 (bookworm)                           */
	char *target;		/* the target it was negotiated with                        */
	uint64_t memory;	/* [bytes]                                                  */
	uint64_t vcpus;
	uint64_t cpu_quota;	/* how much of a thread each of them gets at most; 0: all of it [%] */
	int device[N_DIMS];	/* value chosen in each dimension                           */
	bool added[N_DIMS];	/* the guest was taught it                                  */
	bool oracle;		/* its virtio drivers know only devices of Oracle's subsystem */
	bool acpi;		/* follows the power button                                 */
	bool spins;		/* idles by spinning: takes a whole thread                  */
	bool ports;		/* its cards are behind ports of PCI Express: virtio is 1.0 only */
	char *vendor, *product, *serial;	/* SMBIOS of the old PC, or NULL            */
	char *bios, *slic, *msdm;		/* its BIOS; ACPI tables of licences, in hexadecimal */
	char *cmdline;		/* FIRMWARE_KERNEL: options of the kernel on the disk DISK_KERNEL */
	uint64_t kernel_memory;	/* FIRMWARE_KERNEL: what it needs to be started at all; 0: not known [bytes] */
	struct guest_disk *disks;
	size_t n_disks;
	struct guest_nic *nics;
	size_t n_nics;
	struct guest_serial *serials;
	size_t n_serials;
	struct guest_parallel *parallels;
	size_t n_parallels;
	struct guest_legacy legacy;
	struct guest_life life;
	struct guest_software *software;
	size_t n_software;
	struct guest_key *keys;
	size_t n_keys;
	struct guest_change *changes;
	size_t n_changes;
	struct report findings;
};

#define GUEST_INIT { 0 }

/**
 * guest_open - read a guest
 * @ret:  guest_clear() frees it
 * @path: the folder, or the guest.xml in it
 * @err:  ERR_NOT_FOUND, ERR_FORMAT; a folder that is still partial is refused
 */
int guest_open(struct guest *ret, const char *path, struct error *err);

/** guest_write - write guest.xml into folder @dir */
int guest_write(const struct guest *g, const char *dir, struct error *err);

/** guest_is_arm - are its programs for 64-bit Arm processors, not for those of a PC? */
static inline bool guest_is_arm(const struct guest *g)
{
	return g->device[DIM_WORD] == WORD_ARM64;
}

/** guest_disk_path - absolute path of disk @i; the caller frees it */
char *guest_disk_path(const struct guest *g, size_t i);

/** guest_added_disk - index of the disk that was added as DISK_LOADER or DISK_KERNEL, or -1 */
int guest_added_disk(const struct guest *g, const char *role);

/** guest_uuid_from_name - a UUID that always is the same for the same name; the caller frees it */
char *guest_uuid_from_name(const char *name);

void guest_clear(struct guest *g);

#define CLEANUP_GUEST __attribute__((cleanup(guest_clear)))

#endif
