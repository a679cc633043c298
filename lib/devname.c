// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of file systems: what they mean on the old PC, and names that mean the same elsewhere. */
#include "config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/devname.h"

/* Whole-disk names: what stands before the letter or number that counts the disks. */
static const struct {
	const char *prefix;
	bool letter;		/* sda, sdb; else a number */
	const char *part;	/* between disk and partition */
} disk_names[] = {
	{ "/dev/sd", true, "" },
	{ "/dev/hd", true, "" },
	{ "/dev/vd", true, "" },
	{ "/dev/xvd", true, "" },
	{ "/dev/ubd", true, "" },
	{ "/dev/nvme", false, "p" },
	{ "/dev/mmcblk", false, "p" },
	{ "/dev/cciss/c0d", false, "p" },
	{ "/dev/ida/c0d", false, "p" },
	{ "/dev/rd/c0d", false, "p" },
	{ "/dev/i2o/hd", true, "" },
	{ "/dev/ataraid/d", false, "p" },
};

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static int disk_index(const char *p, bool letter, const char **end)
{
	int n = 0;

	if (letter) {
		*end = p + 1;
		return *p >= 'a' && *p <= 'z' ? *p - 'a' : -1;
	}
	for (*end = p; isdigit((unsigned char)**end) && *end - p < 3; (*end)++)
		n = n * 10 + (**end - '0');
	if (*end > p && starts_with(*end, "n1"))	/* nvme0n1 */
		*end += 2;
	return *end > p ? n : -1;
}

/* Is it a name by position? Then which disk and partition (0: the whole disk). */
static bool by_position(const char *spec, int *ret_disk, unsigned int *ret_part)
{
	for (size_t i = 0; i < ARRAY_SIZE(disk_names); i++) {
		const char *end = NULL;
		uint64_t part = 0;
		int disk;

		if (!starts_with(spec, disk_names[i].prefix))
			continue;
		disk = disk_index(spec + strlen(disk_names[i].prefix), disk_names[i].letter, &end);
		if (disk < 0)
			continue;
		if (*end) {
			size_t skip = strlen(disk_names[i].part);

			if (!starts_with(end, disk_names[i].part) ||
			    parse_u64(end + skip, 1, INSPECT_MAX_PARTITIONS, &part, NULL) < 0)
				continue;
		}
		*ret_disk = disk;
		*ret_part = (unsigned int)part;
		return true;
	}
	return false;
}

static bool by_unstable_link(const char *spec)
{
	return starts_with(spec, "/dev/disk/by-path/") || starts_with(spec, "/dev/disk/by-id/ata-") ||
	       starts_with(spec, "/dev/disk/by-id/scsi-") ||
	       starts_with(spec, "/dev/disk/by-id/usb-") ||
	       starts_with(spec, "/dev/disk/by-id/edd-") ||
	       starts_with(spec, "/dev/disk/by-id/nvme-") ||
	       starts_with(spec, "/dev/disk/by-id/wwn-");
}

enum devname_kind devname_kind(const char *spec)
{
	int disk;
	unsigned int part;

	if (by_position(spec, &disk, &part) || by_unstable_link(spec))
		return DEVNAME_BUS;
	if (starts_with(spec, "UUID=") || starts_with(spec, "LABEL=") ||
	    starts_with(spec, "PARTUUID=") || starts_with(spec, "PARTLABEL=") ||
	    starts_with(spec, "/dev/disk/by-") || starts_with(spec, "/dev/mapper/") ||
	    starts_with(spec, "/dev/md"))
		return DEVNAME_STABLE;
	/* /dev/VG/LV */
	if (starts_with(spec, "/dev/") && strchr(spec + 5, '/') && !starts_with(spec, "/dev/fd/"))
		return DEVNAME_STABLE;
	return DEVNAME_OTHER;
}

static const struct inspected_fs *find_by(const struct inspection *in, size_t offset,
					  const char *value, size_t len)
{
	for (size_t i = 0; i < in->n_filesystems; i++) {
		const char *have = *(char *const *)((const char *)&in->filesystems[i] + offset);

		if (have && strlen(have) == len && strncasecmp(have, value, len) == 0)
			return &in->filesystems[i];
	}
	return NULL;
}

/* UUID="…" may carry quotes. */
static const struct inspected_fs *find_by_tag(const struct inspection *in, const char *spec)
{
	static const struct {
		const char *tag;
		size_t offset;
	} tags[] = {
		{ "UUID=", offsetof(struct inspected_fs, uuid) },
		{ "LABEL=", offsetof(struct inspected_fs, label) },
		{ "PARTUUID=", offsetof(struct inspected_fs, part_uuid) },
		{ "/dev/disk/by-uuid/", offsetof(struct inspected_fs, uuid) },
		{ "/dev/disk/by-label/", offsetof(struct inspected_fs, label) },
		{ "/dev/disk/by-partuuid/", offsetof(struct inspected_fs, part_uuid) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		const char *value = spec + strlen(tags[i].tag);

		if (!starts_with(spec, tags[i].tag))
			continue;
		value += *value == '"';
		return find_by(in, tags[i].offset, value, strcspn(value, "\""));
	}
	return NULL;
}

static const struct inspected_fs *find_partition(const struct inspection *in, int disk,
						 unsigned int part)
{
	for (size_t i = 0; i < in->n_filesystems; i++)
		if (in->filesystems[i].disk == disk && in->filesystems[i].number == part)
			return &in->filesystems[i];
	return NULL;
}

/* /dev/mapper/vg-root is /dev/vg/root with each '-' of a name doubled. */
static bool same_volume(const char *device, const char *mapper)
{
	const char *p = device + strlen("/dev/"), *q = mapper;

	for (; *p; p++, q++) {
		if (*p == '/') {
			if (*q != '-')
				return false;
		} else if (*p != *q) {
			return false;
		} else if (*p == '-' && *++q != '-') {
			return false;
		}
	}
	return !*q;
}

static const struct inspected_fs *find_device(const struct inspection *in, const char *spec)
{
	for (size_t i = 0; i < in->n_filesystems; i++) {
		const char *device = in->filesystems[i].device;

		if (strcmp(device, spec) == 0)
			return &in->filesystems[i];
		if (starts_with(spec, "/dev/mapper/") && starts_with(device, "/dev/") &&
		    same_volume(device, spec + strlen("/dev/mapper/")))
			return &in->filesystems[i];
	}
	return NULL;
}

/* by-id/ata-MODEL_SERIAL-part1: with one disk there is no doubt. */
static const struct inspected_fs *find_by_link(const struct inspection *in, const char *spec)
{
	const char *part = strstr(spec, "-part");
	uint64_t number = 0;

	if (in->n_disks != 1 || !part || parse_u64(part + 5, 1, INSPECT_MAX_PARTITIONS, &number,
						   NULL) < 0)
		return NULL;
	return find_partition(in, 0, (unsigned int)number);
}

const struct inspected_fs *devname_resolve(const struct inspection *in, const char *spec)
{
	unsigned int part;
	int disk;

	if (by_position(spec, &disk, &part)) {
		/* /dev/hdc may well be the only disk of the PC. */
		if ((size_t)disk >= in->n_disks && in->n_disks == 1 && starts_with(spec, "/dev/hd"))
			disk = 0;
		return find_partition(in, disk, part);
	}
	if (by_unstable_link(spec))
		return find_by_link(in, spec);
	if (starts_with(spec, "/dev/") && !starts_with(spec, "/dev/disk/"))
		return find_device(in, spec);
	return find_by_tag(in, spec);
}

char *devname_stable(const struct inspection *in, const char *spec)
{
	const struct inspected_fs *fs;

	if (devname_kind(spec) != DEVNAME_BUS)
		return NULL;
	fs = devname_resolve(in, spec);
	if (!fs)
		return NULL;
	if (fs->uuid && strcmp(fs->type, "LVM2_member") != 0)
		return xasprintf("UUID=%s", fs->uuid);
	return fs->part_uuid ? xasprintf("PARTUUID=%s", fs->part_uuid) : NULL;
}
