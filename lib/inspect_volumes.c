// SPDX-License-Identifier: GPL-2.0-or-later
/* What is on the disks of an old PC: partitions, arrays, volumes, and the file systems in them. */
#include "config.h"

#include <guestfs.h>
#include <stdlib.h>
#include <string.h>

#include "lib/appliance_devices.h"
#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/inspect_family.h"
#include "lib/inspection.h"

/* Key and value stand one behind the other. */
static const char *value_of(char *const *table, const char *key)
{
	for (size_t i = 0; table && table[i] && table[i + 1]; i += 2)
		if (strcmp(table[i], key) == 0)
			return table[i + 1];
	return NULL;
}

static char *copy_of(char *const *table, const char *key)
{
	const char *value = value_of(table, key);

	return value ? xstrdup(value) : NULL;
}

static uint64_t number_of(char *const *table, const char *key)
{
	const char *value = value_of(table, key);
	uint64_t n = 0;

	if (value)
		parse_u64(value, 0, UINT64_MAX, &n, NULL);
	return n;
}

static bool contains(const char *data, size_t len, const char *word)
{
	return memmem(data, len, word, strlen(word)) != NULL;
}

/* Words that boot sectors print when they fail. */
static const char *boot_code(const struct appliance *app, const char *device)
{
	enum { CODE = 440 };
	size_t len = 0;
	CLEANUP_FREE char *s = guestfs_pread_device(app->g, device, 512, 0, &len);

	if (!s || len < 512 || memcmp(s + 510, "\x55\xaa", 2) != 0)
		return "none";
	if (contains(s, CODE, "GRUB "))
		return "grub";
	if (contains(s, CODE, "LILO"))
		return "lilo";
	if (contains(s, CODE, "Operating system load error"))
		return "syslinux";
	if (contains(s, CODE, "NTLDR") || contains(s, CODE, "Invalid partition table"))
		return "standard";
	for (size_t i = 0; i < CODE; i++)
		if (s[i])
			return "other";
	return "none";
}

static void add_disk(const struct appliance *app, struct inspection *in,
		     const struct appliance_found *found)
{
	const char *table = value_of(found->facts, "PTTYPE");

	*APPEND(in->disks, in->n_disks) = (struct inspected_disk){
		.device = xstrdup(found->device),
		.table = xstrdup(!table ? "none" : strcmp(table, "dos") == 0 ? "mbr" : table),
		.boot_code = xstrdup(boot_code(app, found->device)),
		.size = found->size,
	};
}

static int disk_of(const struct inspection *in, const char *device)
{
	int best = -1;
	size_t best_len = 0;

	for (size_t i = 0; i < in->n_disks; i++) {
		size_t len = strlen(in->disks[i].device);

		if (strncmp(device, in->disks[i].device, len) == 0 && len > best_len) {
			best = (int)i;
			best_len = len;
		}
	}
	return best;
}

static void add_fs(const struct appliance *app, struct inspection *in, const char *device,
		   char *const *facts, uint64_t size)
{
	const char *type = value_of(facts, "TYPE");
	struct inspected_fs *fs;

	if (in->n_filesystems >= INSPECT_MAX_DISKS * INSPECT_MAX_PARTITIONS)
		return;
	fs = APPEND(in->filesystems, in->n_filesystems);
	*fs = (struct inspected_fs){
		.device = xstrdup(device),
		.type = xstrdup(type ? type : ""),
		.uuid = copy_of(facts, "UUID"),
		.label = copy_of(facts, "LABEL"),
		.part_uuid = copy_of(facts, "PART_ENTRY_UUID"),
		.part_type = copy_of(facts, "PART_ENTRY_TYPE"),
		.number = (unsigned int)number_of(facts, "PART_ENTRY_NUMBER"),
		.start = number_of(facts, "PART_ENTRY_OFFSET") * 512,
		.bootable = value_of(facts, "PART_ENTRY_FLAGS") &&
			    strcmp(value_of(facts, "PART_ENTRY_FLAGS"), "0x80") == 0,
		.size = size,
		.disk = disk_of(in, device),
	};
	fs->unclean = inspect_unclean(app, fs);
	if (fs->unclean)
		report_add(&in->findings, FINDING_WARNING, device, "%s", fs->unclean);
	/* what mdadm writes is no UUID of a file system that fstab could name */
	if (strcmp(fs->type, "linux_raid_member") == 0)
		free(STEAL(fs->uuid));
}

/* An array or a volume, which came to be while we looked. */
static void ask_fs(const struct appliance *app, struct inspection *in, const char *device)
{
	char **facts CLEANUP_LIST = guestfs_blkid(app->g, device);
	int64_t size = guestfs_blockdev_getsize64(app->g, device);

	add_fs(app, in, device, facts, size > 0 ? (uint64_t)size : 0);
}

static bool any_of_type(const struct inspection *in, const char *type)
{
	for (size_t i = 0; i < in->n_filesystems; i++)
		if (strcmp(in->filesystems[i].type, type) == 0)
			return true;
	return false;
}

static void add_list(const struct appliance *app, struct inspection *in, char *const *devices)
{
	for (size_t i = 0; devices && devices[i]; i++)
		ask_fs(app, in, devices[i]);
}

/* The name in the appliance; what the guest calls it stands in its crypttab. */
static void unlock(const struct appliance *app, struct inspection *in, size_t index,
		   const struct strv *keys)
{
	const char *device = in->filesystems[index].device;
	CLEANUP_FREE char *name = xasprintf("rehost-crypt%zu", index);
	CLEANUP_FREE char *opened = xasprintf("/dev/mapper/%s", name);
	struct finding *f;

	for (size_t i = 0; keys && i < keys->n; i++) {
		if (guestfs_cryptsetup_open(app->g, device, keys->v[i], name, -1) == 0) {
			ask_fs(app, in, opened);
			return;
		}
	}
	f = report_add(&in->findings, FINDING_WARNING, device, keys && keys->n
		       ? "it is encrypted, and no passphrase that was given opens it"
		       : "it is encrypted: what is in it was not looked at");
	report_remedy(f, "give a file with its passphrase with --key");
}

static void unlock_all(const struct appliance *app, struct inspection *in, const struct strv *keys)
{
	size_t n = in->n_filesystems;

	for (size_t i = 0; i < n; i++)
		if (strcmp(in->filesystems[i].type, "crypto_LUKS") == 0)
			unlock(app, in, i, keys);
	for (size_t i = 0; i < n; i++)
		if (strcmp(in->filesystems[i].type, INSPECT_BITLOCKER) == 0)
			report_remedy(report_add(&in->findings, FINDING_WARNING,
						 in->filesystems[i].device, INSPECT_BITLOCKER_TEXT),
				      INSPECT_BITLOCKER_REMEDY);
	if (in->n_filesystems > n)
		guestfs_lvm_scan(app->g, 1);
}

/* Each of these questions costs a program run in the appliance: ask only where it can matter. */
static void find_filesystems(const struct appliance *app, const struct appliance_devices *found,
			     const struct strv *keys, struct inspection *in)
{
	char **arrays CLEANUP_LIST = NULL, **volumes CLEANUP_LIST = NULL;

	for (int partition = 1; partition >= 0; partition--)
		for (size_t i = 0; i < found->n; i++) {
			const struct appliance_found *f = &found->v[i];

			if (f->partition == partition &&
			    (partition || !value_of(f->facts, "PTTYPE")))
				add_fs(app, in, f->device, f->facts, f->size);
		}
	if (any_of_type(in, "linux_raid_member"))
		arrays = guestfs_list_md_devices(app->g);
	add_list(app, in, arrays);
	unlock_all(app, in, keys);
	if (any_of_type(in, "LVM2_member"))
		volumes = guestfs_lvs(app->g);
	add_list(app, in, volumes);
}

int inspect_volumes(const struct appliance *app, const struct strv *keys, struct inspection *in,
		    struct error *err)
{
	struct appliance_devices found CLEANUP_APPLIANCE_DEVICES = APPLIANCE_DEVICES_INIT;

	if (appliance_devices_read(app, &found, err) < 0)
		return -1;
	for (size_t i = 0; i < found.n; i++)
		if (!found.v[i].partition)
			add_disk(app, in, &found.v[i]);
	find_filesystems(app, &found, keys, in);
	return 0;
}
