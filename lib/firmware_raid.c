// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Members of a RAID that the BIOS or a controller made of disks: what looks like a partition table or a
 * file system on one of them is only its share of them.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/containers.h"

enum { SECTOR = 512, LENGTH_MAX = 24 };

/* Signature, and its sector counted from the end (1 is the last). Places: util-linux, libblkid/src/superblocks. */
static const struct firmware_raid {
	const char *name, *signature;
	uint64_t sector;
} raids[] = {
	{ "Intel Matrix RAID", "Intel Raid ISM Cfg Sig. ", 2 },
	{ "NVIDIA MediaShield", "NVIDIA", 2 },
	{ "LSI MegaRAID", "$XIDE$", 1 },
	{ "SNIA DDF", "\xde\x11\xde\x11", 1 },
	{ "SNIA DDF", "\xde\x11\xde\x11", 257 },
	{ "Adaptec HostRAID", "\x37\xfc\x4d\x1e", 1 },
	{ "Promise FastTrak", "Promise Technology, Inc.", 63 },
	{ "Promise FastTrak", "Promise Technology, Inc.", 255 },
	{ "Promise FastTrak", "Promise Technology, Inc.", 256 },
	{ "Promise FastTrak", "Promise Technology, Inc.", 16 },
	{ "Promise FastTrak", "Promise Technology, Inc.", 399 },
};

static int is_member(const struct volume *v, const struct firmware_raid *r, bool *ret, struct error *err)
{
	uint64_t sectors = v->size / SECTOR;
	char found[LENGTH_MAX];

	*ret = false;
	if (sectors <= r->sector)
		return 0;
	if (volume_read(v, (sectors - r->sector) * SECTOR, found, sizeof(found), err) < 0)
		return -1;
	*ret = memcmp(found, r->signature, strlen(r->signature)) == 0;
	return 0;
}

int firmware_raid_find(const struct volume *v, const uint8_t *head, struct volume_list *ret,
		       struct error *err)
{
	(void)head;
	for (size_t i = 0; i < ARRAY_SIZE(raids); i++) {
		CLEANUP_FREE char *name = NULL;
		struct volume *inside;
		bool member;

		if (is_member(v, &raids[i], &member, err) < 0)
			return -1;
		if (!member)
			continue;
		name = xasprintf("%s in %s", raids[i].name, v->name);
		inside = APPEND(ret->v, ret->n);
		volume_begin(inside, v->source, name);
		inside->opaque = "a member of a RAID of the BIOS: one piece of its volumes";
		ret->found = true;
		return volume_add(inside, v, 0, v->size, err);
	}
	return 0;
}
