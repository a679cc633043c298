// SPDX-License-Identifier: GPL-2.0-or-later
/* Disks as the BIOS counted and divided them: what Linux kept of its answers at boot (edd). */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/probe.h"

/* Source: Linux, drivers/firmware/edd.c: one folder a disk, numbers are decimal, "max" is the last one. */
#define EDD "sys/firmware/edd"

enum { LBA_SIZE = 512, CYLINDERS_MAX = 1024, HEADS_MAX = 256, SECTORS_MAX = 63, NUMBER_MIN = 0x80, NUMBER_MAX = 0xff };

static void add_disk(const struct facts *f, const char *folder, struct machine *m)
{
	static const char prefix[] = "int13_dev";
	CLEANUP_FREE char *text = NULL;
	struct machine_bios_disk disk = { 0 };
	uint64_t number = 0, blocks = probe_u64(f, 0, EDD "/%s/sectors", folder);

	if (strncmp(folder, prefix, strlen(prefix)) != 0)
		return;
	text = xasprintf("0x%s", folder + strlen(prefix));
	if (parse_u64(text, NUMBER_MIN, NUMBER_MAX, &number, NULL) < 0)
		return;
	disk.number = (uint32_t)number;
	disk.cylinders = (uint32_t)MIN(probe_u64(f, 0, EDD "/%s/legacy_max_cylinder", folder) + 1,
				       (uint64_t)CYLINDERS_MAX);
	disk.heads = (uint32_t)MIN(probe_u64(f, 0, EDD "/%s/legacy_max_head", folder) + 1, (uint64_t)HEADS_MAX);
	disk.sectors = (uint32_t)MIN(probe_u64(f, 0, EDD "/%s/legacy_sectors_per_track", folder),
				     (uint64_t)SECTORS_MAX);
	if (MUL_OVERFLOW(blocks, (uint64_t)LBA_SIZE, &disk.size))
		disk.size = 0;
	if (disk.size && probe_is_foreign_size(f, blocks))
		return;
	if (disk.cylinders > 1 && disk.heads > 1 && disk.sectors)
		*APPEND(m->bios_disks, m->n_bios_disks) = disk;
}

void probe_bios_disks(const struct facts *f, struct machine *m)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	probe_list(f, &names, EDD);
	for (size_t i = 0; i < names.n; i++)
		add_disk(f, names.v[i], m);
	if (m->n_bios_disks)
		return;
	if (m->uefi == TRI_YES)
		machine_miss(m, "bios-disks", "started by UEFI: a BIOS, which counts and divides disks, was not there");
	else if (!facts_has(f, EDD))
		machine_miss(m, "bios-disks", "no folder " EDD ": the module edd is not loaded, or the BIOS does not tell");
	else
		machine_miss(m, "bios-disks", "the BIOS told of no disk that is a part of the PC");
}

const struct machine_bios_disk *machine_bios_disk(const struct machine *m, uint64_t size)
{
	const struct machine_bios_disk *found = NULL;

	for (size_t i = 0; i < m->n_bios_disks; i++) {
		const struct machine_bios_disk *d = &m->bios_disks[i];

		/* before the extensions of 1995 a BIOS told no size; then the only disk is meant */
		if (d->size != size && (d->size || m->n_bios_disks > 1))
			continue;
		if (found && (found->heads != d->heads || found->sectors != d->sectors ||
			      found->cylinders != d->cylinders))
			return NULL;
		found = d;
	}
	return found;
}
