// SPDX-License-Identifier: GPL-2.0-or-later
/* Systems on volumes that no inspector of files knows, by their first sectors; and disks of nobody. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/inspect_family.h"
#include "lib/old_system.h"

enum { SETTINGS_MAX = 64 << 10, WEAK = 50 };

static struct inspected_system *add_system(struct inspection *in, const char *device, const char *id,
					   const char *evidence)
{
	struct inspected_system *sys = APPEND(in->systems, in->n_systems);
	const struct guest_family *row = guest_family_find(id);

	*sys = (struct inspected_system){
		.family = xstrdup(row->family),
		.name = xstrdup(row->name),
		.distro = xstrdup(row->id),
		.version = xstrdup(""),
		.root = xstrdup(device),
		.tree = TREE_INIT,
		.old = xcalloc(1, sizeof(*sys->old)),
	};
	sys->old->row = row;
	report_add(&sys->findings, FINDING_NOTE, device, "%s: %s", row->name, evidence);
	old_system_note_row(sys);
	return sys;
}

static void read_settings(struct inspected_system *sys, const struct disk_head *h)
{
	for (size_t i = 0; old_system_files[i]; i++) {
		const char *name = old_system_files[i];
		CLEANUP_FREE char *text = NULL, *path = NULL;
		size_t len = 0;

		if (*name == '%' && !h->windows)
			continue;
		path = *name == '%' ? xasprintf("/%s%s", h->windows, name + 1) : xasprintf("/%s", name);
		/* a text with a zero in it is none */
		if (fatfs_read(&h->fat, path + 1, SETTINGS_MAX, &text, &len, NULL) == 0 && !memchr(text, 0, len))
			tree_take(&sys->tree, path, STEAL(text), len, 0644);
	}
	sys->old->heads = h->fat.heads;
	sys->old->sectors = h->fat.sectors;
}

/* NT 3 and 4 on NTFS need a mount to be seen: lib/inspect_nt4.c */
static unsigned int type_of(const struct inspected_fs *fs)
{
	uint64_t type = 0;

	if (!fs->part_type || strncmp(fs->part_type, "0x", 2) != 0)
		return 0;
	return parse_u64(fs->part_type, 0, 255, &type, NULL) < 0 ? 0 : (unsigned int)type;
}

static bool is_known(const struct inspection *in, const char *device)
{
	for (size_t i = 0; i < in->n_systems; i++)
		if (strcmp(in->systems[i].root, device) == 0)
			return true;
	return false;
}

/* A boot loader's own volume beside a system is no system, nor is what only a partition's type says. */
static bool is_wanted(const struct inspection *in, const struct disk_head *h)
{
	if (!h->id)
		return false;
	return !in->n_systems || (h->sure > WEAK && strcmp(h->id, "syslinux") != 0);
}

void inspect_head(struct inspection *in, const struct inspected_fs *fs, const struct reader *reader)
{
	struct disk_head h CLEANUP_DISK_HEAD = { 0 };
	struct inspected_system *sys;

	if (is_known(in, fs->device))
		return;
	disk_head_read(&h, reader, type_of(fs));
	if (!is_wanted(in, &h))
		return;
	sys = add_system(in, fs->device, h.id, h.evidence);
	if (h.fat.reader)
		read_settings(sys, &h);
	if (h.sure < DISK_HEAD_CERTAIN)
		report_add(&sys->findings, FINDING_WARNING, fs->device,
			   "that it is %s is likely (%d %%), not certain", sys->name, h.sure);
	old_system_settings(sys);
	old_system_model(sys);
}

/* What lies behind a passphrase is not unknown: it has to be opened first. */
static bool is_locked(const struct inspection *in)
{
	for (size_t i = 0; i < in->n_filesystems; i++)
		if (strcmp(in->filesystems[i].type, "crypto_LUKS") == 0 ||
		    strcmp(in->filesystems[i].type, "BitLocker") == 0)
			return true;
	return false;
}

static bool has_linux_partition(const struct boot_record *r)
{
	for (size_t i = 0; i < 4; i++)
		if (r->entries[i].type == 0x83 || r->entries[i].type == 0x82)
			return true;
	return false;
}

void inspect_disk_head(struct inspection *in, size_t disk, const struct reader *reader)
{
	uint8_t sector[512] = { 0 };
	struct boot_record r;
	struct inspected_system *sys;
	const char *device = in->disks[disk].device;

	if (reader_get(reader, 0, sector, sizeof(sector)) < 0)
		return;
	boot_record_parse(&r, sector);
	in->disks[disk].heads = r.heads;
	in->disks[disk].sectors = r.sectors;
	for (size_t i = 0; i < in->n_systems; i++) {
		sys = &in->systems[i];
		if (sys->old && !sys->old->heads && strncmp(sys->root, device, strlen(device)) == 0) {
			sys->old->heads = r.heads;
			sys->old->sectors = r.sectors;
		}
	}
	if (in->n_systems || !r.valid || !r.code || is_locked(in))
		return;
	if (!r.table && !r.volume)
		sys = add_system(in, device, "bootprogram", "a boot record without a partition table");
	else
		sys = add_system(in, device, "unknown",
				 r.loader ? "a boot record with a loader that is known, and no system that is"
					  : "a boot record, and no system that is known");
	sys->boot_loader = r.loader ? xstrdup(r.loader) : NULL;
	sys->old->heads = r.heads;
	sys->old->sectors = r.sectors;
	if (has_linux_partition(&r))
		report_remedy(report_add(&sys->findings, FINDING_ERROR, device,
					 "its partitions are of Linux, but no Linux was found on them"),
			      "it is not carried as an unknown system: see what inspect says of its "
			      "file systems, and give all disks of the old PC");
	report_add(&sys->findings, FINDING_WARNING, device,
		   "nothing is known about this system: it is carried as it is, and only a person who knows "
		   "it can say whether it works");
	old_system_model(sys);
}
