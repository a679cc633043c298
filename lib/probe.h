/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PROBE_H
#define REHOST_PROBE_H

/*
 * The parts of machine_probe(), one for each kind of fact. Each reads from a tree and fills its part
 * of the description; what it cannot find it records with machine_miss(). For lib/probe_*.c and
 * lib/machine_probe.c only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/facts.h"
#include "lib/machine.h"

/** machine_probe_facts - all of them in their order, into an empty description */
void machine_probe_facts(struct machine *ret, const struct facts *f);

void probe_cpus(const struct facts *f, struct machine *m);
void probe_caches(const struct facts *f, struct machine *m);
void probe_memory(const struct facts *f, struct machine *m);
void probe_dmi(const struct facts *f, struct machine *m);
void probe_firmware(const struct facts *f, struct machine *m);
void probe_kernel(const struct facts *f, struct machine *m);
void probe_virtualization(const struct facts *f, struct machine *m);
void probe_pci(const struct facts *f, struct machine *m);
void probe_groups(const struct facts *f, struct machine *m);
void probe_nics(const struct facts *f, struct machine *m);
void probe_serials(const struct facts *f, struct machine *m);
void probe_ports(const struct facts *f, struct machine *m);
void probe_usb(const struct facts *f, struct machine *m);
void probe_disks(const struct facts *f, struct machine *m);
void probe_bios_disks(const struct facts *f, struct machine *m);
void probe_clock(const struct facts *f, struct machine *m);

/** probe_medium - is it the capture medium that looks? The first probe; probe_leave_medium() is the last */
void probe_medium(const struct facts *f, struct machine *m);
void probe_leave_medium(const struct facts *f, struct machine *m);

/** probe_is_foreign_disk - is a disk, as sdb, the medium's stick or the disk that it writes to? */
bool probe_is_foreign_disk(const struct facts *f, const char *name);

/** probe_has_foreign_disk - does such a disk hang from a device, as 1-2? */
bool probe_has_foreign_disk(const struct facts *f, const char *device);

/** probe_is_foreign_size - is only such a disk so long [blocks of 512 bytes]? */
bool probe_is_foreign_size(const struct facts *f, uint64_t blocks);

/** probe_text - first line of a file without blanks around it; NULL if there is none or it is empty */
char *probe_text(const struct facts *f, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** probe_u64 - a number in a file, decimal or 0x…; @fallback if there is none */
uint64_t probe_u64(const struct facts *f, uint64_t fallback, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/** probe_u32 - the same, @fallback also when it needs more than 32 bits */
uint32_t probe_u32(const struct facts *f, uint32_t fallback, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/** probe_tri - a file that holds 0 or 1 */
enum tristate probe_tri(const struct facts *f, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** probe_list - sorted names in a folder; empty if there is none */
void probe_list(const struct facts *f, struct strv *ret, const char *fmt, ...) PRINTF_LIKE(3, 4);

/** probe_key - value behind "KEY: " or "KEY=" at the start of a line of @text, or NULL */
char *probe_key(const char *text, const char *key);

/** probe_bdf - the last PCI address in the real path of @path, or NULL */
char *probe_bdf(const struct facts *f, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** probe_driver - name of the kernel driver of a device folder, or NULL */
char *probe_driver(const struct facts *f, const char *device);

/** text_is_bdf - is it 0000:00:1f.2? */
bool text_is_bdf(const char *text);

#endif
