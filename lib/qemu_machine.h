/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_QEMU_MACHINE_H
#define REHOST_QEMU_MACHINE_H

/*
 * The one place that says how a guest looks as a QEMU command line: exactly the devices, the
 * firmware and the addresses that were negotiated, and nothing that QEMU would add by itself.
 * validate boots it, generate writes it down, launch runs it.
 *
 * QEMU is meant to run in the folder that holds the guest's disks under the names that guest.xml
 * gives them; every path in the arguments is relative to it. What belongs to a run and not to the
 * machine (accelerator, whose display) is added by whoever starts it.
 *
 *	struct strv args CLEANUP_STRV = STRV_INIT;
 *
 *	if (qemu_machine_args(&guest, NULL, &run, &args, err) < 0)
 *		return -1;
 */

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"
#include "lib/guest.h"
#include "lib/plan.h"

#define QEMU_PROGRAM "qemu-system-x86_64"
#define QEMU_PROGRAM_ARM "qemu-system-aarch64"
#define QEMU_QMP_SOCKET "qmp.sock"		/* QMP; QEMU listens                           */
#define QEMU_AGENT_SOCKET "agent.sock"		/* port of the agent; QEMU listens              */
#define QEMU_SERIAL_SOCKET "serial0.sock"	/* first serial port; QEMU listens             */
#define QEMU_SERIAL_COPY "serial0.copy"		/* what goes to a port of the host; a pipe to whoever logs */
#define QEMU_VNC_SOCKET "vnc.sock"		/* the screen, until it is shared elsewhere     */
#define QEMU_SERIAL_FILE "serial.log"		/* first serial port of a trial run            */
#define QEMU_FIRMWARE_FILE "firmware.log"	/* what the BIOS says about booting, trial run */
#define QEMU_UEFI_CODE "uefi-code.fd"		/* UEFI firmware, read only                    */
#define QEMU_HUGEPAGES ",hugetlb=on,hugetlbsize=2M"	/* dropped on a host that has too few */
#define QEMU_UEFI_VARS "uefi-vars.fd"		/* its variables, the guest's own              */

/* Bounds of the address plan: slots of PCI bus 0 that the builder hands out. */
enum {
	QEMU_MAX_NICS = 8,
	QEMU_MAX_DISKS = 8,
	QEMU_MAX_SERIALS = 4,
	QEMU_MAX_USB = 2,
	QEMU_MAX_PCI = 6,
	QEMU_MAX_PARALLELS = 3,
};

/*
 * Slots of PCI bus 0, where every target that runs QEMU puts the devices, so that a guest finds them
 * where it was validated. 0, 1 (i440fx) and 1f (q35) belong to the chipset.
 */
enum qemu_slot {
	QEMU_SLOT_DISPLAY = 0x02,
	QEMU_SLOT_USB = 0x03,
	QEMU_SLOT_NIC = 0x04,	/* … 0x0b */
	QEMU_SLOT_AGENT = 0x0c,	/* of a guest that shows its life by an agent */
	QEMU_SLOT_USB2 = 0x0d,	/* for devices of the host, beside USB of the guest's own */
	QEMU_SLOT_SOUND = 0x0e,
	QEMU_SLOT_DISK = 0x10,	/* … 0x17; a controller with all its disks takes the first */
	QEMU_SLOT_HOST = 0x18,	/* … 0x1d: devices of the host */
};

/** qemu_hugepages - does this partition get its memory in pages of 2 MiB? */
bool qemu_hugepages(const struct partition *p);

enum { QEMU_DISK_SERIAL_MAX = 20 };	/* characters; a drive has no room for more */

/* What for? */
enum qemu_run {
	QEMU_RUN_SERVICE,	/* disks are precious, serial on a socket                             */
	QEMU_RUN_TRIAL,		/* disks are thrown away, serial to a file, guest cut off from networks */
};

/**
 * qemu_machine_args - the arguments, without the program's name
 * @g:    the guest
 * @p:    its share of the host, or NULL: memory as the guest asks, no device of the host
 * @run:  see above
 * @ret:  "-device", "VGA,…", …; each option is followed by its value
 * @err:  ERR_UNSUPPORTED names the device that QEMU has not, or of which there are too many
 *
 * Pure: the same guest gives the same arguments on every host.
 */
int qemu_machine_args(const struct guest *g, const struct partition *p, enum qemu_run run,
		      struct strv *ret, struct error *err);

/** qemu_has_32_bits - is its processor one of 32 bits? UEFI needs 64, also before a kernel of 32 */
bool qemu_has_32_bits(const struct guest *g);

/** qemu_program - the one that plays the guest's processor */
const char *qemu_program(const struct guest *g);

/**
 * qemu_chipset - "pc-i440fx-7.2", "pc-q35-7.2" for firmware and disks that came with PCI Express, "virt-7.2" for
 * 64-bit Arm
 */
const char *qemu_chipset(const struct guest *g);

/** qemu_wants_q35 - is it the second of these? */
bool qemu_wants_q35(const struct guest *g);

/** qemu_boot_index - place of disk @i in the order of boot: 0 for the boot disk, 1 behind a kernel */
size_t qemu_boot_index(const struct guest *g, size_t i);

/** qemu_args_to_text - one option with its value a line; the caller frees it */
char *qemu_args_to_text(const struct strv *args);

/** qemu_args_from_text - the way back; ERR_FORMAT names the line that is no option */
int qemu_args_from_text(const char *text, struct strv *ret, struct error *err);

#endif
