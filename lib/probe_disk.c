// SPDX-License-Identifier: GPL-2.0-or-later
/* Disks, and which of them the host itself runs from. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/probe.h"
#include "lib/vpd.h"

#define BLOCK "sys/block"

enum { LBA_SIZE = 512 };	/* sysfs counts in these, whatever the disk does */

static bool is_disk_name(const char *name)
{
	static const char *const virtual[] = { "loop", "ram", "zram", "dm-", "md", "nbd", "sr",
					       "fd", "mtd" };

	for (size_t i = 0; i < ARRAY_SIZE(virtual); i++)
		if (strncmp(name, virtual[i], strlen(virtual[i])) == 0)
			return false;
	return true;
}

/* Is /dev/NAME, or one of its partitions, mounted? */
static bool is_mounted(const struct facts *f, const char *name)
{
	CLEANUP_FREE char *text = facts_read(f, "proc/mounts", NULL);
	CLEANUP_FREE char *device = xasprintf("/dev/%s", name);
	struct strv lines CLEANUP_STRV = STRV_INIT;
	size_t len = strlen(device);

	if (text)
		strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		const char *rest = lines.v[i] + len;

		if (strncmp(lines.v[i], device, len) != 0)
			continue;
		rest += *rest == 'p';
		rest += strspn(rest, "0123456789");
		if (*rest == ' ')
			return true;
	}
	return false;
}

/* Is it part of a volume group, a RAID, an encrypted disk? */
static bool is_held(const struct facts *f, const char *name)
{
	struct strv parts CLEANUP_STRV = STRV_INIT, holders CLEANUP_STRV = STRV_INIT;

	probe_list(f, &holders, BLOCK "/%s/holders", name);
	probe_list(f, &parts, BLOCK "/%s", name);
	for (size_t i = 0; i < parts.n; i++)
		if (strncmp(parts.v[i], name, strlen(name)) == 0)
			probe_list(f, &holders, BLOCK "/%s/%s/holders", name, parts.v[i]);
	return holders.n > 0;
}

static char *serial_of(const struct facts *f, const char *name)
{
	CLEANUP_FREE char *path = xasprintf(BLOCK "/%s/device/vpd_pg80", name), *page = NULL;
	char *serial = probe_text(f, BLOCK "/%s/device/serial", name);
	size_t len = 0;

	if (!serial)
		serial = probe_text(f, BLOCK "/%s/serial", name);
	if (serial)
		return serial;
	page = facts_read(f, path, &len);
	return page ? vpd_serial(page, len) : NULL;
}

static void add_disk(const struct facts *f, const char *name, struct machine *m)
{
	uint64_t blocks = probe_u64(f, 0, BLOCK "/%s/size", name), size = 0;
	struct machine_disk *d;

	if (blocks == 0 || MUL_OVERFLOW(blocks, (uint64_t)LBA_SIZE, &size))
		return;
	d = APPEND(m->disks, m->n_disks);
	d->name = xstrdup(name);
	d->model = probe_text(f, BLOCK "/%s/device/model", name);
	d->serial = serial_of(f, name);
	d->size = size;
	d->sector_size = probe_u64(f, 0, BLOCK "/%s/queue/logical_block_size", name);
	d->rotational = probe_tri(f, BLOCK "/%s/queue/rotational", name);
	d->removable = probe_tri(f, BLOCK "/%s/removable", name);
	d->bdf = probe_bdf(f, BLOCK "/%s", name);
	if (is_mounted(f, name) || is_held(f, name))
		d->usage = xstrdup("host");
}

void probe_disks(const struct facts *f, struct machine *m)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	probe_list(f, &names, BLOCK);
	for (size_t i = 0; i < names.n; i++)
		if (is_disk_name(names.v[i]) && !probe_is_foreign_disk(f, names.v[i]))
			add_disk(f, names.v[i], m);
	if (!facts_has(f, BLOCK))
		machine_miss(m, "disks", "no folder " BLOCK);
	machine_miss(m, "disk-speed", "disks were not measured");
}
