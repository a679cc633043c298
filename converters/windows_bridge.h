/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CONVERTERS_WINDOWS_BRIDGE_H
#define REHOST_CONVERTERS_WINDOWS_BRIDGE_H

/*
 * Windows from BIOS to UEFI: an added disk with Microsoft's own loader from the system volume, and a BCD
 * made of the guest's own, so that it finds the system where it is. 64-bit Windows from 8 on.
 */

#include "converters/converter.h"
#include "lib/windows.h"

/** windows_uefi_obstacle - why this Windows cannot be started by UEFI, or NULL */
const char *windows_uefi_obstacle(const struct inspected_system *sys);

/** windows_firmware_can_add - UEFI, where it is not there and nothing is in the way */
void windows_firmware_can_add(const struct inspected_system *sys, struct machine_model *ret);

/**
 * windows_firmware_bridge - add the disk, if the answer has UEFI as an addition
 * @conv: the system volume is mounted
 * @ret:  gets the disk and its files as changes
 * @err:  ERR_NOT_FOUND names the file of Windows that is missing
 */
int windows_firmware_bridge(struct conversion *conv, struct guest *ret, struct error *err);

/**
 * windows_uefi_bcd - a BCD for UEFI from the one with which a BIOS starts the system
 * @bcd:       the hive
 * @signature: of the added disk
 * @start:     of its partition                                        [bytes]
 * @ret:       the new hive; the caller frees it
 * @err:       ERR_FORMAT if it has no boot manager or names no system
 */
int windows_uefi_bcd(const void *bcd, size_t len, uint32_t signature, uint64_t start, char **ret,
		     size_t *ret_len, struct error *err);

#endif
