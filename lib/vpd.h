/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_VPD_H
#define REHOST_VPD_H

#include <stddef.h>

/**
 * vpd_serial - the serial number in a drive's vital product data, which ATA disks have through libata
 * @page: page 80h, as in /sys/block/sda/device/vpd_pg80
 * @len:  its size                                       [bytes]
 *
 * Return: the number without the blanks around it, the caller frees it; NULL if there is none.
 * Source: SPC-4, 7.8.15 "Unit Serial Number VPD page".
 */
char *vpd_serial(const void *page, size_t len);

#endif
