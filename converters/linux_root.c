// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * root= and resume= for those who read them. An initramfs of the last fifteen years knows UUID=; SUSE's
 * mkinitrd knows what udev makes below /dev/disk; older initrds know a label at best; and a kernel
 * without any knows its own names alone, from 3.8 on also PARTUUID=.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/linux.h"
#include "lib/base/alloc.h"
#include "lib/devname.h"
#include "lib/linux_facts.h"

enum reader { READS_UUID, READS_LINKS, READS_LABEL, READS_PARTUUID, READS_NAME };

static enum reader reader_of(const struct conversion *conv)
{
	const struct inspected_system *sys = conv->sys;
	const struct inspected_kernel *k = linux_default_kernel(sys);

	if (!k)
		return READS_UUID;
	if (!k->initramfs)
		return strverscmp(k->version, "3.8") >= 0 ? READS_PARTUUID : READS_NAME;
	if (tree_has(&sys->tree, "/etc/SuSE-release") && strcmp(sys->initramfs_tool, "dracut") != 0)
		return READS_LINKS;
	return strverscmp(k->version, "2.6.16") < 0 ? READS_LABEL : READS_UUID;
}

/* What the kernel will call the file system on the new disk, or NULL; to be freed. */
static char *new_name(const struct conversion *conv, const struct inspected_fs *fs)
{
	const struct inspected_kernel *k = linux_default_kernel(conv->sys);
	struct kmod kmod CLEANUP_KMOD = KMOD_INIT;
	const char *prefix = "sd";

	if (fs->disk < 0 || fs->disk > 25)
		return NULL;
	switch (conv->answer->value[DIM_DISK]) {
	case DISK_NVME:
		return xasprintf("/dev/nvme%dn1p%u", fs->disk, fs->number);
	case DISK_VIRTIO_BLK:
		prefix = "vd";
		break;
	case DISK_IDE:
		linux_kmod(conv->sys, k, &kmod);
		if (!kmod_is_builtin(&kmod, "ata_piix") && !kmod_find(&kmod, "ata_piix"))
			prefix = "hd";
		break;
	default:
		break;
	}
	return xasprintf("/dev/%s%c%u", prefix, 'a' + fs->disk, fs->number);
}

/* @name is UUID=… or PARTUUID=…; NULL: it may stay. To be freed. */
static char *readable(struct conversion *conv, enum reader reader, const char *name)
{
	const struct inspected_fs *fs = devname_resolve(conv->in, name);
	char *found;

	if (!fs || reader == READS_UUID)
		return NULL;
	if (reader == READS_LINKS)
		return xasprintf("/dev/disk/by-%suuid/%s", *name == 'P' ? "part" : "",
				 strchr(name, '=') + 1);
	if (reader == READS_LABEL && fs->label)
		return xasprintf("LABEL=%s", fs->label);
	if (reader == READS_PARTUUID && fs->part_uuid)
		return xasprintf("PARTUUID=%s", fs->part_uuid);
	found = new_name(conv, fs);
	if (found)
		report_remedy(report_add(&conv->sys->findings, FINDING_NOTE, found,
					 "what reads the kernel line knows no UUIDs: this name holds for "
					 "%s only", model_value_name(DIM_DISK, (unsigned int)
						 conv->answer->value[DIM_DISK])),
			      "convert the capture again if the guest is to get another disk");
	return found;
}

char *linux_readable_roots(struct conversion *conv, const char *text)
{
	static const char *const options[] = { "root=", "resume=" };
	const enum reader reader = reader_of(conv);
	char *result = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&result, &size);

	while (*text) {
		CLEANUP_FREE char *name = NULL, *other = NULL;
		size_t skip = 1;

		for (size_t i = 0; i < ARRAY_SIZE(options) && skip == 1; i++)
			if (strncmp(text, options[i], strlen(options[i])) == 0)
				skip = strlen(options[i]);
		fprintf(out, "%.*s", (int)skip, text);
		text += skip;
		if (skip == 1 || (strncmp(text, "UUID=", 5) != 0 && strncmp(text, "PARTUUID=", 9) != 0))
			continue;
		name = xstrndup(text, strcspn(text, " \t\r\n\"'"));
		other = readable(conv, reader, name);
		fputs(other ? other : name, out);
		text += strlen(name);
	}
	if (fclose(out) != 0)
		abort();
	return result;
}
