// SPDX-License-Identifier: GPL-2.0-or-later
/* Members of Linux software RAID: a mirror holds its volume as it is, other levels only pieces. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/containers.h"

/* Linux, include/uapi/linux/raid/md_p.h. */
enum {
	MAGIC = 0xa92b4efc, SUPERBLOCK = 4096, LEVEL_MIRROR = 1,
	OLD_SIZE = 65536,	/* format 0.90: in the last 64 KiB that are aligned to 64 KiB */
	DEVICES_MAX = 1920,
};

static int add_inside(const struct volume *v, uint64_t start, uint64_t size, const char *opaque,
		      struct volume_list *ret, struct error *err)
{
	CLEANUP_FREE char *name = xasprintf("RAID in %s", v->name);
	struct volume *inside = APPEND(ret->v, ret->n);

	volume_begin(inside, v->source, name);
	inside->opaque = opaque;
	ret->found = true;
	return volume_add(inside, v, start, size, err);
}

static const char *opaque_level(uint32_t level)
{
	return level == LEVEL_MIRROR ? NULL : "a RAID member that holds only pieces";
}

/* Words added up, the one that holds the result left out; an odd number of devices ends in half a word. */
static uint32_t checksum(const uint8_t *sb, size_t devices)
{
	size_t words = (256 + 2 * devices) / 4;
	uint64_t sum = devices & 1 ? get_le16(sb + 4 * words) : 0;

	for (size_t i = 0; i < words; i++)
		if (i != 54)
			sum += get_le32(sb + 4 * i);
	return (uint32_t)((sum & 0xffffffff) + (sum >> 32));
}

/* Formats 1.0, 1.1 and 1.2 differ only in their place. */
static int read_new(const struct volume *v, const uint8_t *sb, struct volume_list *ret,
		    struct error *err)
{
	uint64_t start = get_le64(sb + 128), size = get_le64(sb + 80), devices = get_le32(sb + 220);

	if (devices > DEVICES_MAX || checksum(sb, (size_t)devices) != get_le32(sb + 216))
		return error_set(err, ERR_FORMAT, "RAID: the checksum of its superblock is wrong");
	if (start > INT64_MAX / 512 || size > INT64_MAX / 512)
		return error_set(err, ERR_FORMAT, "RAID: impossible sizes");
	if (get_le64(sb + 208) != UINT64_MAX)
		return error_set(err, ERR_FORMAT, "RAID: was not in step with its mirror");
	return add_inside(v, start * 512, size * 512, opaque_level(get_le32(sb + 72)), ret, err);
}

static int read_old(const struct volume *v, const uint8_t *sb, struct volume_list *ret,
		    struct error *err)
{
	uint64_t size = (uint64_t)get_le32(sb + 32) * 1024;

	return add_inside(v, 0, MIN(size, v->size), opaque_level(get_le32(sb + 28)), ret, err);
}

int md_find(const struct volume *v, const uint8_t *head, struct volume_list *ret,
	    struct error *err)
{
	uint64_t old = v->size / OLD_SIZE * OLD_SIZE - OLD_SIZE;
	uint64_t last = (v->size & ~UINT64_C(4095)) - 8192;
	const uint8_t *front[] = { head, head + 4096 };
	uint8_t sb[SUPERBLOCK];

	for (size_t i = 0; i < ARRAY_SIZE(front); i++)
		if (get_le32(front[i]) == MAGIC && get_le32(front[i] + 4) == 1)
			return read_new(v, front[i], ret, err);
	if (v->size < 2 * OLD_SIZE)
		return 0;
	if (volume_read(v, last, sb, sizeof(sb), err) < 0)
		return -1;
	if (get_le32(sb) == MAGIC && get_le32(sb + 4) == 1)
		return read_new(v, sb, ret, err);
	if (volume_read(v, old, sb, sizeof(sb), err) < 0)
		return -1;
	return get_le32(sb) == MAGIC && get_le32(sb + 4) == 0 ? read_old(v, sb, ret, err) : 0;
}
