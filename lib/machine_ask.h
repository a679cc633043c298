/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_MACHINE_ASK_H
#define REHOST_MACHINE_ASK_H

/*
 * What stands in no file and can be asked of the running computer only. Each returns memory that the
 * caller frees, or NULL where there is no answer.
 */

#include <stddef.h>

/** machine_ask_cpuid - a line for each leaf: leaf, subleaf, eax, ebx, ecx, edx in hexadecimal */
char *machine_ask_cpuid(size_t *ret_len);

/** machine_ask_bios - memory from C0000 to FFFFF: video BIOS, option ROMs, BIOS; needs root */
char *machine_ask_bios(size_t *ret_len);

/** machine_ask_clocks - seconds since 1970 by the hardware's clock, read as UTC, and by the system's */
char *machine_ask_clocks(size_t *ret_len);

#endif
