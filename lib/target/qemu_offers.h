/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_QEMU_OFFERS_H
#define REHOST_TARGET_QEMU_OFFERS_H

/*
 * What QEMU offers, for every target that runs it: elements of struct machine_model.cost. Each value
 * is what using it costs the running guest: paravirtual 1, fast emulation 10, slow emulation more.
 */

#include "lib/machine_model.h"

#define QEMU_OFFERS_DISKS                                                                          \
	[DISK_VIRTIO_BLK] = 1, [DISK_VIRTIO_SCSI] = 2, [DISK_AHCI] = 10, [DISK_MEGASAS] = 12,      \
	[DISK_LSI53C895A] = 20, [DISK_IDE] = 40

#define QEMU_OFFERS_FIRMWARE [FIRMWARE_BIOS] = 1, [FIRMWARE_UEFI] = 1

#define QEMU_OFFERS_BESIDE_DISKS                                                                   \
	[DIM_FIRMWARE] = { QEMU_OFFERS_FIRMWARE }, QEMU_OFFERS_BESIDE_FIRMWARE

#define QEMU_OFFERS_BESIDE_FIRMWARE                                                                \
	[DIM_WORD] = { [WORD_32] = 1, [WORD_64] = 1 },                                             \
	[DIM_NIC] = {                                                                              \
		[NIC_NONE] = 1, [NIC_VIRTIO] = 1, [NIC_E1000E] = 10, [NIC_E1000] = 10,             \
		[NIC_I82557B] = 20, [NIC_RTL8139] = 20, [NIC_TULIP] = 25, [NIC_PCNET] = 30,        \
		[NIC_NE2K_PCI] = 40, [NIC_NE2K_ISA] = 50 },                                        \
	[DIM_DISPLAY] = {                                                                          \
		[DISPLAY_VGA] = 1, [DISPLAY_CIRRUS] = 2, [DISPLAY_VIRTIO_GPU] = 2,                 \
		[DISPLAY_NONE] = 3 },                                                              \
	[DIM_INPUT] = { [INPUT_PS2] = 1, [INPUT_USB] = 5 },                                        \
	[DIM_SERIAL] = { [SERIAL_16550A] = 1 },                                                    \
	[DIM_CLOCK] = { [RTC_UTC] = 1, [RTC_LOCALTIME] = 1 }

#endif
